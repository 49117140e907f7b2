import { besidePage } from './beside.ts';

/** Files are too large for the socket: they go over HTTP, with the same token. */
export interface Files {
  /** Rejects with the server's message. */
  get(path: string): Promise<Blob>;
  /** Sends bytes; resolves with the server's answer. */
  send(path: string, bytes: Blob): Promise<unknown>;
}

export function createFiles(token: string | undefined): Files {
  const request = async (path: string, options: RequestInit = {}): Promise<Response> => {
    const headers = { ...options.headers, ...(token ? { Authorization: `Bearer ${token}` } : {}) };
    const response = await fetch(besidePage(path), { ...options, headers });
    if (response.ok) return response;
    const said = (await response.json().catch(() => undefined)) as
      | { error?: { message?: string } }
      | undefined;
    throw new Error(said?.error?.message ?? `The server answered ${response.status}.`);
  };
  return {
    get: async (path) => (await request(path)).blob(),
    send: async (path, bytes) =>
      (
        await request(path, {
          method: 'POST',
          body: bytes,
          headers: { 'Content-Type': 'application/octet-stream' },
        })
      ).json(),
  };
}
