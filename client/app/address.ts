const TOKEN_KEY = 'planner-doer-token';

/** What the page's address asks for. */
export interface Address {
  recording: string | undefined;
  run: string | undefined;
  token: string | undefined;
}

/**
 * Reads the address. A token in it is kept for this tab and taken out of the address, so that it is
 * not passed on with a copied link.
 */
export function readAddress(): Address {
  const params = new URLSearchParams(location.search);
  const given = params.get('token');
  if (given) {
    sessionStorage.setItem(TOKEN_KEY, given);
    setParam('token', undefined);
  }
  return {
    recording: params.get('recording') ?? undefined,
    run: params.get('run') ?? undefined,
    token: given ?? sessionStorage.getItem(TOKEN_KEY) ?? undefined,
  };
}

/** Puts a parameter into the address, or takes it out, without a step in the browser's history. */
export function setParam(name: string, value: string | undefined): void {
  const url = new URL(location.href);
  if ((url.searchParams.get(name) ?? undefined) === value) return;
  if (value === undefined) url.searchParams.delete(name);
  else url.searchParams.set(name, value);
  history.replaceState(null, '', url);
}

/** A link that opens a recording. */
export function recordingLink(id: string): string {
  const url = new URL(location.href);
  url.search = '';
  url.searchParams.set('recording', id);
  return url.href;
}
