import { createServer, type Server as HttpServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import os from 'node:os';
import { fileURLToPath } from 'node:url';
import type { Logger } from 'pino';
import type { Rate } from '../shared/tokenBucket.ts';
import { Access, type AccessOptions } from './api/access.ts';
import { serveUnder } from './api/base.ts';
import { createHttp } from './api/http.ts';
import { type CommandRates, MAX_CONNECTIONS } from './api/limits.ts';
import { createMetrics } from './api/prometheus.ts';
import { reachableAt } from './api/reach.ts';
import { attachSockets, type SocketOptions, type Sockets } from './api/sockets.ts';
import type { ViewerLimits } from './api/viewers.ts';
import { LAB_THINK_PROCESS, LabService, type LaunchThinker } from './lab/live/service.ts';
import { LAB_TRAIN_PROCESS, type LaunchLabTrainer, type OtherRuns } from './lab/live/training.ts';
import { type LaunchWorlds, OWN_SENDER, WORLD_PROCESS, Worlds } from './levels/worlds.ts';
import { processLauncher } from './processes/launcher.ts';
import { type Launch, localLauncher } from './runs/launcher.ts';
import { type ManagerDeps, RunManager } from './runs/manager.ts';
import { type LaunchPlayer, PLAY_PROCESS, PlayService } from './runs/play/service.ts';
import { CheckpointFolder } from './storage/checkpoints.ts';
import type { RunStore } from './storage/store.ts';
import { allLevels } from './tasks/index.ts';

export const CLIENT_FOLDER = fileURLToPath(new URL('../client/dist', import.meta.url));

export interface AppOptions extends AccessOptions {
  /** 0 takes any free port. */
  port: number;
  /** Path that the page is served under, with a slash at both ends; by default the root. */
  base?: string;
  store: RunStore;
  /** The store is a copy that took a damaged one's place. */
  wasRestored?: boolean;
  /** Runs whose rows in the store are damaged. */
  damagedRuns?: ManagerDeps['damagedRuns'];
  checkpointFolder: string;
  shippedCheckpoints: readonly string[];
  log: Logger;
  version: string;
  clientFolder?: string;
  /** How trainers are started; by default as processes on this machine. */
  launch?: Launch;
  /** How the process is started that draws, proves and verifies worlds. */
  launchWorlds?: LaunchWorlds;
  /** How the process is started that plays episodes for viewers. */
  launchPlayer?: LaunchPlayer;
  /** How the processes of the lab are started. */
  launchThinker?: LaunchThinker;
  launchLabTrainer?: LaunchLabTrainer;
  /** Where models are kept that were trained in the lab; by default beside the checkpoints. */
  labFolder?: string;
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
  door?: SocketOptions['door'];
}

export interface App {
  readonly manager: RunManager;
  readonly sockets: Sockets;
  readonly port: number;
  /** Where a browser on this machine finds it. */
  readonly url: string;
  /**
   * Lets trainers finish their update and save, tells viewers, and frees the port. Resolves with what could not
   * be saved, in words. Repeatable.
   */
  close(): Promise<string[]>;
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
  const worlds = new Worlds(
    options.launchWorlds ??
      processLauncher(WORLD_PROCESS, (line) => log.debug({ line }, 'process of worlds')),
    (message) => log.warn(message),
  );
  const manager = new RunManager({
    prove: (text, field, allowImpossible) =>
      worlds.prove({ text, field, allowImpossible }, OWN_SENDER),
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
    wasRestored: options.wasRestored,
    damagedRuns: options.damagedRuns,
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
  const lab = new LabService({
    launchThinker:
      options.launchThinker ??
      processLauncher(LAB_THINK_PROCESS, (line) => log.debug({ line }, 'thinking process')),
    launch:
      options.launchLabTrainer ??
      processLauncher(LAB_TRAIN_PROCESS, (line) => log.debug({ line }, 'training of the lab')),
    folder: options.labFolder ?? `${options.checkpointFolder}-lab`,
    workers: Math.max(1, Math.min(4, options.workers || os.availableParallelism())),
    runs: runsBesideTheLab(manager),
    log: (message) => log.warn(message),
  });
  const access = new Access(options);
  let boundTo = options.port;
  const reach = () => reachableAt(options.host, boundTo, options.origins);
  const deps = { manager, plays, store, levels, worlds, lab, access, reach, log, version };
  const storage = watchStorage(store);
  let phase: 'starting' | 'ready' | 'stopping' = 'starting';
  let metrics = async () => '';
  const http = createHttp(deps, {
    clientFolder: options.clientFolder ?? CLIENT_FOLDER,
    notReady: () => (phase === 'ready' ? storage.trouble() : `The server is ${phase}.`),
    metrics: () => metrics(),
    requestRate: options.requestRate,
    proxies: options.proxies,
    base: options.base,
  });
  const server = createServer({ connectionsCheckingInterval: 1000 }, http);
  server.headersTimeout = 8_000;
  server.requestTimeout = 30_000;
  server.maxConnections = MAX_CONNECTIONS;
  const sockets = attachSockets(server, deps, options);
  serveUnder(server, options.base ?? '/');
  const registry = createMetrics(manager, sockets);
  metrics = () => registry.metrics();
  try {
    await listen(server, options.port, options.host);
  } catch (error) {
    await sockets.close().catch(() => undefined);
    throw error;
  }
  const { port } = server.address() as AddressInfo;
  boundTo = port;
  await manager.startUp();
  phase = 'ready';
  log.info({ host: options.host, port, version, runs: manager.list().length }, 'listening');
  let closing: Promise<string[]> | undefined;
  const close = async () => {
    phase = 'stopping';
    log.info({ viewers: sockets.io.sockets.sockets.size }, 'stopping');
    plays.close();
    worlds.close();
    lab.close();
    storage.stop();
    const unsaved = await manager.shutDown();
    // A viewer that has stopped reading would not hear the goodbye for a long time.
    const cut = setTimeout(() => {
      sockets.door.destroyAll();
    }, GOODBYE_MS);
    await sockets.close();
    clearTimeout(cut);
    try {
      store.close();
    } catch (error) {
      unsaved.push((error as Error).message);
    }
    log.info({ unsaved }, 'stopped');
    return unsaved;
  };
  return {
    manager,
    sockets,
    port,
    url: `http://${shownHost(options.host)}:${port}${(options.base ?? '/').slice(0, -1)}`,
    close: () => (closing ??= close()),
  };
}

/** Those that train now or are about to. */
function runsBesideTheLab(manager: RunManager): OtherRuns {
  return {
    active: () =>
      new Map(
        manager
          .list()
          .filter(({ status }) => status === 'running' || status === 'starting')
          .map(({ id, name }) => [id, name]),
      ),
    pause: (id) => manager.pause(id),
    resume: (id) => manager.resume(id),
    onChange(listener) {
      manager.on('state', listener);
    },
  };
}

const PROBE_EVERY_MS = 1000;
const GIVE_BACK_EVERY_MS = 5000;

/** Tries at most once a second whether anything can be written, and gives freed space back a little at a time. */
function watchStorage(store: RunStore) {
  let probedAt = Number.NEGATIVE_INFINITY;
  let trouble: string | undefined;
  const attempt = (action: () => void): string | undefined => {
    try {
      action();
      return undefined;
    } catch (error) {
      return (error as Error).message;
    }
  };
  let timer: NodeJS.Timeout;
  const giveBack = () => {
    let hasMore = false;
    attempt(() => {
      hasMore = store.giveBack();
    });
    timer = setTimeout(giveBack, hasMore ? 200 : GIVE_BACK_EVERY_MS);
    timer.unref();
  };
  timer = setTimeout(giveBack, GIVE_BACK_EVERY_MS);
  timer.unref();
  return {
    trouble() {
      const now = performance.now();
      if (now - probedAt > PROBE_EVERY_MS) {
        probedAt = now;
        trouble = attempt(() => store.probe());
      }
      return trouble;
    },
    stop: () => clearTimeout(timer),
  };
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
