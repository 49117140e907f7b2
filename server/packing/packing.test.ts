import { type ChildProcess, execFileSync, fork } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { LOADER_ARGS } from '../processes/loader.ts';
import { packedManifest, readManifest } from './manifest.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const source = readManifest(path.join(root, 'package.json'));

describe("the packed program's package.json", () => {
  const packed = packedManifest(source, new Set(['express', 'webgpu']));

  test('lists what the program imports, engines as optional peers, and nothing that builds or tests', () => {
    expect(packed.dependencies).toEqual({ express: source.dependencies.express });
    expect(packed.peerDependencies).toEqual({
      webgpu: source.dependencies.webgpu,
      '@tensorflow/tfjs-node': source.optionalDependencies['@tensorflow/tfjs-node'],
    });
    expect(packed.bin).toEqual({ 'planner-and-doer': 'dist/server/cli.js' });
    expect(packed).not.toHaveProperty('devDependencies');
    expect(packed).not.toHaveProperty('optionalDependencies');
    expect(packed).not.toHaveProperty('scripts');
  });

  test('an import that package.json does not list is refused by name', () => {
    expect(() => packedManifest(source, new Set(['left-pad']))).toThrow(
      'The program imports left-pad',
    );
  });
});

describe('the packed program', () => {
  // Inside the project, so that it finds its packages.
  const folder = path.join(root, '.cache', `packed-${process.pid}`);
  const program = path.join(folder, 'program');
  const cli = path.join(program, 'server/cli.js');
  // Neither a loader nor the test runner's options reach it.
  const env = { ...process.env, NODE_OPTIONS: '' };
  const run = (...args: string[]) =>
    execFileSync(process.execPath, [cli, ...args], {
      encoding: 'utf8',
      env,
      stdio: ['ignore', 'pipe', 'ignore'],
    });

  beforeAll(() => {
    const page = path.join(folder, 'page');
    mkdirSync(page, { recursive: true });
    writeFileSync(path.join(page, 'index.html'), '<title>page</title>');
    const pack = path.join(root, 'server/packing/pack.ts');
    execFileSync(process.execPath, [...LOADER_ARGS, pack, 'write', page, program], { env });
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  test('runs without a loader, and names itself as it is called', () => {
    expect(run('--version')).toBe(`${source.version}\n`);
    expect(run('--help')).toMatch(/^usage: npx planner-and-doer COMMAND/);
  });

  test('plays like the source, on threads', () => {
    const args = [
      'evaluate',
      '--checkpoint',
      'default',
      '--level',
      'BabyAI-GoToLocal-v0',
      '--episodes',
      '8',
      '--workers',
      '2',
      '--json',
    ];
    const fromSource = execFileSync(
      process.execPath,
      [...LOADER_ARGS, path.join(root, 'server/cli.ts'), ...args],
      { encoding: 'utf8', env, stdio: ['ignore', 'pipe', 'ignore'] },
    );
    const { seconds, ...figures } = JSON.parse(run(...args));
    expect(figures.episodes).toBe(8);
    expect(JSON.parse(fromSource)).toMatchObject(figures);
  });

  test('serves its page, and its run trains in a process of its own', async () => {
    const data = path.join(folder, 'data');
    const server = fork(cli, ['serve', '--port', '0', '--data', data], {
      env,
      execArgv: [],
      stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
    });
    try {
      const url = await listening(server);
      expect(await (await fetch(url)).text()).toContain('<title>page</title>');
      let status = 'starting';
      while (status === 'starting') {
        const runs = (await (await fetch(`${url}/api/runs`)).json()) as
          | { status: string }[]
          | { runs: { status: string }[] };
        status = (Array.isArray(runs) ? runs : runs.runs)[0].status;
        if (status === 'starting') await new Promise((resolve) => setTimeout(resolve, 100));
      }
      expect(status).toBe('running');
    } finally {
      server.kill('SIGKILL');
      await new Promise((resolve) => server.once('exit', resolve));
    }
  });

  test('every module finds the neighbours that it names', () => {
    const missing: string[] = [];
    let found = 0;
    for (const name of readdirSync(program, { recursive: true, encoding: 'utf8' })) {
      if (!name.endsWith('.js') || /^(client|vendor)/.test(name)) continue;
      const text = readFileSync(path.join(program, name), 'utf8');
      for (const [, neighbour] of text.matchAll(
        /(?:from |import\(|URL\(|import )["'](\.{1,2}\/[^"']+\.js)["']/g,
      )) {
        found++;
        if (!existsSync(path.join(program, path.dirname(name), neighbour)))
          missing.push(`${neighbour} of ${name}`);
      }
    }
    expect(found).toBeGreaterThan(1000);
    expect(missing).toEqual([]);
  });

  test('carries the licences of what it holds', () => {
    const text = readFileSync(path.join(program, 'vendor/LICENCES.md'), 'utf8');
    for (const name of ['@tensorflow/tfjs-core', 'zod', 'h5wasm', 'seedrandom'])
      expect(text).toContain(`## ${name} `);
  });
});

const listening = (server: ChildProcess) =>
  new Promise<string>((resolve, reject) => {
    server.once('message', (message) => resolve((message as { url: string }).url));
    server.once('exit', () => reject(new Error('the packed program does not serve')));
  });
