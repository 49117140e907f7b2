import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import pino from 'pino';
import { ENGINE_CHOICES } from '../../shared/config.ts';
import { generateToken, isLoopback, MIN_TOKEN_LENGTH } from '../api/access.ts';
import { checkBase } from '../api/base.ts';
import { type App, CLIENT_FOLDER, startApp } from '../app.ts';
import { shippedCheckpoints } from '../policy/policyFile.ts';
import { versionOfPackage } from '../processes/version.ts';
import { DEFAULT_CHECKPOINT_BYTES } from '../runs/checkpointSpace.ts';
import { CopyKeeper } from '../storage/copyKeeper.ts';
import { defaultDataFolder, openDataFolder } from '../storage/dataFolder.ts';
import { openSqliteStore, type SqliteStore } from '../storage/sqliteStore.ts';
import { defineCommand, UsageError } from './command.ts';

const checkToken = (value: string) =>
  /^[\x21-\x7e]{12,200}$/.test(value)
    ? undefined
    : `accepted: ${MIN_TOKEN_LENGTH} to 200 letters, digits and signs, without spaces`;

export const command = defineCommand({
  options: {
    host: {
      type: 'text',
      help: 'Address to listen on; any but this machine’s own needs a control token.',
      placeholder: 'H',
      default: '127.0.0.1',
    },
    port: {
      type: 'integer',
      help: 'Port to listen on; 0 takes a free one. By default what the variable PORT says, or 3000.',
      min: 0,
      max: 65535,
    },
    base: {
      type: 'text',
      help: 'Path that a proxy serves the page under, such as /lab/; whether it takes the path away itself does not matter.',
      placeholder: 'PATH',
      default: '/',
      check: checkBase,
    },
    data: {
      type: 'text',
      help: 'Folder for runs and recordings (default: the user’s data folder).',
      path: 'read',
      placeholder: 'DIR',
    },
    token: {
      type: 'text',
      help: 'Token needed to control; generated where one is needed and none is given.',
      placeholder: 'T',
      check: checkToken,
    },
    'token-file': {
      type: 'text',
      help: 'File that holds the token, which others then do not see in the list of processes; PLANNER_DOER_TOKEN does the same.',
      placeholder: 'FILE',
      path: 'read',
    },
    'watch-token': {
      type: 'text',
      help: 'Token needed even to watch.',
      placeholder: 'T',
      check: checkToken,
    },
    'watch-token-file': {
      type: 'text',
      help: 'File that holds that one; or PLANNER_DOER_WATCH_TOKEN.',
      placeholder: 'FILE',
      path: 'read',
    },
    'allow-origin': {
      type: 'list',
      check: (value: string) =>
        URL.canParse(value) && new URL(value).origin !== 'null'
          ? undefined
          : 'accepted: such as https://class.example',
      help: 'Origins whose pages may connect, such as a proxy’s.',
      placeholder: 'URL',
    },
    proxies: {
      type: 'integer',
      help: 'Proxies of yours before this server, whose X-Forwarded-For is believed.',
      default: 0,
      min: 0,
      max: 10,
    },
    'max-active': {
      type: 'integer',
      help: 'Runs that may train at the same time.',
      default: 1,
      min: 1,
      max: 64,
    },
    engine: {
      type: 'text',
      help: 'What new runs compute on.',
      choices: ENGINE_CHOICES,
      default: 'auto',
    },
    workers: {
      type: 'integer',
      help: 'Data-parallel workers of new runs; 0 chooses by the machine’s cores.',
      default: 0,
      min: 0,
      max: 256,
    },
    'save-every': {
      type: 'number',
      help: 'Seconds between checkpoints; 0 saves after every update.',
      default: 0,
      min: 0,
      max: 3600,
    },
    'checkpoint-space': {
      type: 'integer',
      help: 'MB for the checkpoints of all runs; beyond it, old ones are let go.',
      default: DEFAULT_CHECKPOINT_BYTES / 1e6,
      min: 100,
      max: 10_000_000,
    },
    'trainer-memory': {
      type: 'integer',
      help: 'MB that a trainer may take before it is started afresh (default: 60 % of the machine’s).',
      min: 200,
      max: 10_000_000,
    },
    'log-level': {
      type: 'text',
      help: 'Least severe log lines to print.',
      choices: ['debug', 'info', 'warn', 'error', 'silent'],
      default: 'warn',
    },
  },
  async run({ options, say }) {
    const log = pino({ level: options['log-level'] }, pino.destination({ dest: 2, sync: true }));
    const { host, 'trainer-memory': memory } = options;
    const port = options.port ?? portOf(process.env.PORT);
    const given = {
      control: secretFrom('token', options.token, options['token-file']),
      watch: secretFrom('watch-token', options['watch-token'], options['watch-token-file']),
    };
    const { watch: watchToken } = given;
    const token =
      given.control ??
      (needsToken({ ...options, 'watch-token': watchToken }) ? generateToken() : undefined);
    const data = openDataFolder(options.data ?? defaultDataFolder());
    let store: SqliteStore | undefined;
    let copies: CopyKeeper | undefined;
    try {
      store = openSqliteStore(data.database, say);
      const app = await startApp({
        host,
        port,
        base: options.base,
        token,
        watchToken,
        origins: options['allow-origin'],
        store,
        wasRestored: store.wasRestored,
        damagedRuns: store.damagedRuns,
        checkpointFolder: data.checkpoints,
        labFolder: data.lab,
        shippedCheckpoints: shippedCheckpoints(),
        log,
        version: versionOfPackage(),
        proxies: options.proxies,
        maxActive: options['max-active'],
        engine: options.engine,
        workers: options.workers,
        checkpointBytes: options['checkpoint-space'] * 1e6,
        drive: {
          saveEvery: options['save-every'],
          ...(memory !== undefined && { memoryLimit: memory * 1e6 }),
        },
      });
      copies = new CopyKeeper(data.database, (message) => log.warn(message));
      for (const line of greeting(app, data.path, given.control ? undefined : token)) say(line);
      // Whoever started this as a child process learns the address without reading text.
      process.send?.({ type: 'listening', url: app.url });
      await untilSignal(() =>
        say('Stopping: finishing the update and saving. Once more to stop at once.'),
      );
      const unsaved = await app.close();
      say(
        unsaved.length === 0
          ? 'Stopped; everything is saved.'
          : `Stopped. Not everything could be saved:\n${unsaved.map((line) => `  ${line}`).join('\n')}`,
      );
    } finally {
      copies?.close();
      closeQuietly(store);
      data.release();
    }
    return { json: { ok: true }, text: '' };
  },
});

/** A token from the command line, a file, or the environment. Throws a UsageError for one that is none. */
function secretFrom(
  option: 'token' | 'watch-token',
  value: string | undefined,
  file: string | undefined,
): string | undefined {
  if (value !== undefined && file !== undefined)
    throw new UsageError(`--${option} and --${option}-file are both given; accepted: one of them`);
  if (value !== undefined) return value;
  const variable = `PLANNER_DOER_${option.replace('-', '_').toUpperCase()}`;
  const source = file === undefined ? variable : `--${option}-file ${file}`;
  const text = file === undefined ? process.env[variable] : readSecret(source, file);
  if (text === undefined || (file === undefined && text === '')) return undefined;
  const wrong = checkToken(text.trim());
  // What was given is a secret, so it is not repeated.
  if (wrong) throw new UsageError(`${source} holds no token; ${wrong}`);
  return text.trim();
}

function readSecret(source: string, file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    throw new UsageError(`${source} cannot be read: ${(error as Error).message}`);
  }
}

/** The port that the environment names, as hosts of programs do; 3000 where it names none. */
export function portOf(value: string | undefined): number {
  if (value === undefined || value === '') return 3000;
  if (/^\d{1,5}$/.test(value) && Number(value) <= 65535) return Number(value);
  throw new UsageError(
    `the variable PORT is ${JSON.stringify(value)}; accepted: a whole number from 0 to 65535`,
  );
}

/** Whether others may reach it: what a proxy passes on comes from them too, although the server is bound to loopback. */
export function needsToken(options: {
  host: string;
  proxies: number;
  'allow-origin'?: readonly string[];
  'watch-token'?: string;
}): boolean {
  const origins = options['allow-origin'] ?? [];
  return (
    !isLoopback(options.host) ||
    options.proxies > 0 ||
    options['watch-token'] !== undefined ||
    origins.some((origin) => !isLoopback(new URL(origin).hostname))
  );
}

/** After a clean end it is closed already; after a failure that one is what is told. */
function closeQuietly(store: SqliteStore | undefined): void {
  try {
    store?.close();
  } catch {
    // Told as part of what could not be saved.
  }
}

function greeting(app: App, data: string, generatedToken: string | undefined): string[] {
  const isAtRoot = new URL(app.url).pathname === '/';
  const run = app.manager.list().find(({ id }) => id === app.manager.defaultRunId);
  return [
    'Planner & Doer',
    `  open    ${app.url}${isAtRoot ? '' : '/'}`,
    `  data    ${data}`,
    ...(run
      ? [`  run     ${run.name}: ${run.levelId}, ${run.envSteps} steps so far (${run.status})`]
      : []),
    ...(generatedToken
      ? [
          `  token   ${generatedToken}   needed to control; shown only now`,
          `          control at ${app.url}/?token=${generatedToken}`,
        ]
      : []),
    ...(existsSync(path.join(CLIENT_FOLDER, 'index.html'))
      ? []
      : ['  page    not built yet: npm run build']),
  ];
}

const ECHO_MS = 1500;

/** Resolves at the first request to stop; a second one ends the process at once. */
function untilSignal(onFirst: () => void): Promise<void> {
  return new Promise((resolve) => {
    let askedAt: number | undefined;
    const ask = () => {
      // npm and tsx pass on an interrupt that the terminal has already sent to everyone.
      if (askedAt !== undefined && performance.now() - askedAt < ECHO_MS) return;
      if (askedAt !== undefined) process.exit(130);
      askedAt = performance.now();
      onFirst();
      resolve();
    };
    process.on('SIGINT', ask);
    process.on('SIGTERM', ask);
    if (process.send) process.on('disconnect', ask);
  });
}
