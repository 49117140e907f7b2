import { createServer, type Server as HttpServer } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Logger } from 'pino';
import { Access, type AccessOptions } from './api/access.ts';
import { createHttp } from './api/http.ts';
import { type CommandRates, MAX_CONNECTIONS, type Rate } from './api/limits.ts';
import { createMetrics } from './api/prometheus.ts';
import { attachSockets, type Sockets } from './api/sockets.ts';
import type { ViewerLimits } from './api/viewers.ts';
import { type Launch, localLauncher, processLauncher } from './runs/launcher.ts';
import { type ManagerDeps, RunManager } from './runs/manager.ts';
import { type LaunchPlayer, PLAY_PROCESS, PlayService } from './runs/play/service.ts';
import { CheckpointFolder } from './storage/checkpoints.ts';
import type { RunStore } from './storage/store.ts';
import { allLevels, verifyReplay } from './tasks/index.ts';

export const CLIENT_FOLDER = fileURLToPath(new URL('../client/dist', import.meta.url));

export interface AppOptions extends AccessOptions {
  /** 0 takes any free port. */
  port: number;
  store: RunStore;
  checkpointFolder: string;
  shippedCheckpoints: readonly string[];
  log: Logger;
  version: string;
  clientFolder?: string;
  /** How trainers are started; by default as processes on this machine. */
  launch?: Launch;
  /** How the process is started that plays episodes for viewers. */
  launchPlayer?: LaunchPlayer;
  maxActive?: number;
  checkpointBytes?: number;
  maxRuns?: number;
  drive?: ManagerDeps['drive'];
  firstRun?: ManagerDeps['firstRun'];
  engine?: ManagerDeps['engine'];
  workers?: number;
  viewerLimits?: ViewerLimits;
  /** What each address may ask for, and each connection send. */
  requestRate?: Rate;
  rates?: Partial<CommandRates>;
  /** Proxies of one's own before this server, whose `X-Forwarded-For` is believed. */
  proxies?: number;
  /** Connections that one address may have. */
  socketsEach?: number;
}

export interface App {
  readonly manager: RunManager;
  readonly sockets: Sockets;
  readonly port: number;
  /** Where a browser on this machine finds it. */
  readonly url: string;
  /** Lets trainers finish their update and save, tells viewers, and frees the port. Repeatable. */
  close(): Promise<void>;
}

const GOODBYE_MS = 500;

/** A port that cannot be had; the message says what to do. */
export class PortError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'PortError';
  }
}

/**
 * Composes the server and starts it: storage, runs, routes and sockets. Resolves once it listens;
 * runs start after that. Throws a `PortError` where the port cannot be had.
 */
export async function startApp(options: AppOptions): Promise<App> {
  const { store, log, version } = options;
  const levels = allLevels();
  const manager = new RunManager({
    store,
    checkpoints: new CheckpointFolder(options.checkpointFolder),
    launch: options.launch ?? localLauncher((line) => log.debug({ line }, 'trainer')),
    levelIds: levels.map(({ id }) => id),
    shippedCheckpoints: options.shippedCheckpoints,
    log: (level, message, detail) => log[level]({ detail }, message),
    maxActive: options.maxActive,
    checkpointBytes: options.checkpointBytes,
    maxRuns: options.maxRuns,
    drive: options.drive,
    firstRun: options.firstRun,
    engine: options.engine,
    workers: options.workers,
  });
  const plays = new PlayService({
    launch:
      options.launchPlayer ??
      processLauncher(PLAY_PROCESS, (line) => log.debug({ line }, 'playing process')),
    runOf: (runId) => manager.get(runId),
    shippedCheckpoints: options.shippedCheckpoints,
    checkpointFolder: options.checkpointFolder,
    log: (message) => log.warn(message),
  });
  const access = new Access(options);
  const deps = { manager, plays, store, levels, verifyReplay, access, log, version };
  let phase: 'starting' | 'ready' | 'stopping' = 'starting';
  let metrics = async () => '';
  const http = createHttp(deps, {
    clientFolder: options.clientFolder ?? CLIENT_FOLDER,
    notReady: () => (phase === 'ready' ? storageTrouble(store) : `The server is ${phase}.`),
    metrics: () => metrics(),
    requestRate: options.requestRate,
    proxies: options.proxies,
  });
  const server = createServer(http);
  server.headersTimeout = 20_000;
  server.requestTimeout = 60_000;
  server.maxConnections = MAX_CONNECTIONS;
  const connections = new Set<Socket>();
  server.on('connection', (socket) => {
    connections.add(socket);
    socket.on('close', () => connections.delete(socket));
  });
  const sockets = attachSockets(server, deps, options);
  const registry = createMetrics(manager, sockets);
  metrics = () => registry.metrics();
  try {
    await listen(server, options.port, options.host);
  } catch (error) {
    await sockets.close().catch(() => undefined);
    throw error;
  }
  const { port } = server.address() as AddressInfo;
  await manager.startUp();
  phase = 'ready';
  log.info({ host: options.host, port, version, runs: manager.list().length }, 'listening');
  let closing: Promise<void> | undefined;
  const close = async () => {
    phase = 'stopping';
    log.info({ viewers: sockets.io.sockets.sockets.size }, 'stopping');
    plays.close();
    await manager.shutDown();
    // A viewer that has stopped reading would not hear the goodbye for a long time.
    const cut = setTimeout(() => {
      for (const socket of connections) socket.destroy();
    }, GOODBYE_MS);
    await sockets.close();
    clearTimeout(cut);
    store.close();
    log.info('stopped');
  };
  return {
    manager,
    sockets,
    port,
    url: `http://${shownHost(options.host)}:${port}`,
    close: () => (closing ??= close()),
  };
}

/** A cheap read that fails where the database does. */
function storageTrouble(store: RunStore): string | undefined {
  try {
    store.getRun('');
    return undefined;
  } catch (error) {
    return (error as Error).message;
  }
}

function listen(server: HttpServer, port: number, host: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      const where = `${port} on ${host}`;
      const reasons: Record<string, string> = {
        EADDRINUSE: `Port ${where} is in use, perhaps by another copy of this server. Stop that one, or choose another port with --port N.`,
        EACCES: `Port ${where} may not be used without special rights. Choose one from 1024 up with --port N.`,
        EADDRNOTAVAIL: `This machine has no address ${host}. Choose another with --host H.`,
        ENOTFOUND: `There is no host named ${host}. Choose another with --host H.`,
      };
      reject(
        new PortError(
          reasons[error.code ?? ''] ?? `Cannot listen on port ${where}: ${error.message}`,
        ),
      );
    });
    server.listen(port, host, resolve);
  });
}

function shownHost(host: string): string {
  if (host === '0.0.0.0' || host === '::' || host === '127.0.0.1' || host === '::1')
    return 'localhost';
  return host.includes(':') ? `[${host}]` : host;
}

/** The project's folder: of this file's. */
export const ROOT = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
