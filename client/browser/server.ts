import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const START_MS = 240_000;
const STOP_MS = 15_000;
const BUILD_MS = 180_000;
const BUILD_LOCK = path.join(ROOT, 'node_modules', '.page-build');

export interface TestServer {
  url: string;
  /** Stops it and removes its data. */
  stop(): Promise<void>;
}

/**
 * Builds the page and starts the real server, as `npm start` does, on a free port with its own data
 * folder. `workers`: threads that learn; by default as many as the server chooses. `options`: further ones
 * of `serve`, which win over these.
 */
export async function startServer(
  workers = 0,
  options: readonly string[] = [],
): Promise<TestServer> {
  await buildOnce();
  const data = mkdtempSync(path.join(os.tmpdir(), 'browser-test-'));
  const own = ['--port', '0', '--data', data, '--workers', String(workers)];
  const args = ['serve', ...own.slice(options.includes('--port') ? 2 : 0), ...options];
  const child = spawn(process.execPath, ['--import', 'tsx', 'server/cli.ts', ...args], {
    cwd: ROOT,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: cleanEnvironment(),
  });
  try {
    const url = await printedUrl(child);
    return { url, stop: () => stop(child, data) };
  } catch (error) {
    await stop(child, data);
    throw error;
  }
}

/** Suites run side by side; two builds at once would empty the folder under each other. */
async function buildOnce(): Promise<void> {
  while (!takeLock()) await sleep(250);
  try {
    run(['server/build.ts']);
  } finally {
    rmSync(BUILD_LOCK, { recursive: true, force: true });
  }
}

function takeLock(): boolean {
  try {
    mkdirSync(BUILD_LOCK);
    return true;
  } catch {
    const made = statSync(BUILD_LOCK, { throwIfNoEntry: false })?.mtimeMs ?? Date.now();
    // Whoever held it for this long has died.
    if (Date.now() - made > BUILD_MS) rmSync(BUILD_LOCK, { recursive: true, force: true });
    return false;
  }
}

function run(args: string[]): void {
  const result = spawnSync(process.execPath, ['--import', 'tsx', ...args], {
    cwd: ROOT,
    encoding: 'utf8',
    env: cleanEnvironment(),
  });
  if (result.status !== 0) throw new Error(`${args.join(' ')} failed:\n${result.stderr}`);
}

/** The test runner's own options must not reach the server. */
function cleanEnvironment(): NodeJS.ProcessEnv {
  const { NODE_OPTIONS, NODE_ENV, ...rest } = process.env;
  return rest;
}

function printedUrl(child: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = '';
    const timer = setTimeout(
      () => reject(new Error(`the server did not start in ${START_MS / 1000} s:\n${text}`)),
      START_MS,
    );
    const read = (chunk: Buffer) => {
      text += chunk;
      const url = /http:\/\/[^\s]+/.exec(text)?.[0];
      if (!url) return;
      clearTimeout(timer);
      resolve(url);
    };
    child.stdout?.on('data', read);
    child.stderr?.on('data', read);
    child.on('exit', (code) => {
      clearTimeout(timer);
      reject(new Error(`the server ended with code ${code}:\n${text}`));
    });
  });
}

async function stop(child: ChildProcess, data: string): Promise<void> {
  if (child.exitCode === null) {
    const ended = new Promise((resolve) => child.once('exit', resolve));
    child.kill('SIGTERM');
    const timer = setTimeout(() => child.kill('SIGKILL'), STOP_MS);
    await ended;
    clearTimeout(timer);
  }
  rmSync(data, { recursive: true, force: true });
}
