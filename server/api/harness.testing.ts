import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import pino from 'pino';
import { io as connect, type Socket } from 'socket.io-client';
import type {
  Ack,
  ClientToServerEvents,
  CommandInput,
  CommandName,
  CommandResult,
  ServerToClientEvents,
} from '../../shared/protocol.ts';
import { type App, type AppOptions, startApp } from '../app.ts';
import { launchWorldsHere } from '../levels/worldsHere.testing.ts';
import { launchFake } from '../runs/fakeSession.testing.ts';
import { createMemoryStore } from '../storage/memoryStore.ts';

export type TestClient = Socket<ServerToClientEvents, ClientToServerEvents>;

/** A server on a free port with everything real but the learner, and clients that are closed with it. */
export class Harness {
  private readonly folder = mkdtempSync(path.join(os.tmpdir(), 'api-test-'));
  private readonly apps: App[] = [];
  private readonly clients: TestClient[] = [];

  async start(options: Partial<AppOptions> = {}): Promise<App> {
    const app = await startApp({
      host: '127.0.0.1',
      port: 0,
      store: createMemoryStore(),
      checkpointFolder: path.join(this.folder, String(this.apps.length)),
      shippedCheckpoints: ['default'],
      log: pino({ level: 'silent' }),
      version: '0.0.0',
      launch: launchFake,
      launchWorlds: launchWorldsHere,
      ...options,
    });
    this.apps.push(app);
    return app;
  }

  async client(
    app: App,
    options: { token?: string } = {},
    extraHeaders: Record<string, string> = {},
  ): Promise<TestClient> {
    const client: TestClient = connect(`http://127.0.0.1:${app.port}`, {
      transports: ['websocket'],
      reconnection: false,
      forceNew: true,
      auth: options,
      extraHeaders,
    });
    this.clients.push(client);
    await new Promise<void>((resolve, reject) => {
      client.on('connect', resolve);
      client.on('connect_error', reject);
    });
    return client;
  }

  async end(): Promise<void> {
    for (const client of this.clients.splice(0)) client.disconnect();
    await Promise.all(this.apps.splice(0).map((app) => app.close()));
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** Sends a command; resolves with its acknowledgement, good or bad. */
export function send<C extends CommandName>(
  client: TestClient,
  command: C,
  payload: CommandInput<C>,
): Promise<Ack<CommandResult[C]>> {
  // Cast: the compiler does not follow that payload and result belong to the same name.
  return client.timeout(90_000).emitWithAck(command as 'run:list', payload as never) as Promise<
    Ack<CommandResult[C]>
  >;
}

/** Sends a command that has to be done; resolves with its data. */
export async function ask<C extends CommandName>(
  client: TestClient,
  command: C,
  payload: CommandInput<C>,
): Promise<CommandResult[C]> {
  const answer = await send(client, command, payload);
  if (!answer.ok) throw new Error(`${command}: ${answer.error.message}`);
  return answer.data;
}

/** Resolves with the first such event for which the condition holds. */
export function next<E extends keyof ServerToClientEvents>(
  client: TestClient,
  event: E,
  condition: (message: Parameters<ServerToClientEvents[E]>[0]) => boolean = () => true,
): Promise<Parameters<ServerToClientEvents[E]>[0]> {
  return new Promise((resolve) => {
    // Cast: the compiler does not follow that the listener belongs to the same name.
    const listener = (message: Parameters<ServerToClientEvents[E]>[0]) => {
      if (!condition(message)) return;
      client.off(event, listener as never);
      resolve(message);
    };
    client.on(event, listener as never);
  });
}
