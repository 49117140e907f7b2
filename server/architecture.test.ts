import { readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from '@jest/globals';

const ROOT = resolve(dirname(fileURLToPath(import.meta.url)), '..');

/**
 * Who may import whom: for each folder, the folders and packages it may use beside itself. `node:`
 * stands for Node's own modules. A folder that is not listed may not exist. Folders that compose
 * (`ANY`) may use everything of their side.
 */
const SERVER = 'server/';
const DRAWN = ['client/store', 'client/selectors', 'client/theme', 'shared', 'pixi.js'];
/** What a panel is made of. */
const FEATURE = ['client/store', 'client/selectors', 'client/theme', 'client/ui', 'shared'];
const TABLE: Record<string, readonly string[]> = {
  shared: ['zod'],
  envs: ['shared'],
  // Episodes as pictures, on the command line and in the page.
  'envs/render': ['envs', 'shared', 'gifenc'],
  'server/engine': [
    'server/processes',
    'shared',
    '@tensorflow/',
    'webgpu',
    'assemblyscript',
    '@sparticuz/chromium',
    'esbuild',
    'node:',
  ],
  'server/tasks': ['envs', 'shared', 'node:'],
  'server/policy': ['server/tasks', 'shared', 'server/engine', '@tensorflow/', 'node:'],
  'server/play': ['server/tasks', 'server/policy', 'server/engine', 'envs', 'shared', 'node:'],
  'server/learning': [
    'server/tasks',
    'server/play',
    'server/policy',
    'server/processes',
    'envs',
    'shared',
    'server/engine',
    '@tensorflow/',
    'node:',
  ],
  'server/processes': ['shared', 'node:'],
  'server/levels': ['server/tasks', 'server/processes', 'envs', 'shared', 'node:'],
  'server/runs': [
    'server/tasks',
    'server/levels',
    'server/processes',
    'server/learning',
    'server/play',
    'server/policy',
    'server/storage',
    'envs',
    'shared',
    'node:',
  ],
  'server/storage': ['server/processes', 'shared', 'libsql', 'zod', 'node:'],
  'server/api': [
    'server/runs',
    'server/levels',
    'server/lab/live',
    'server/storage',
    'shared',
    'express',
    'compression',
    'socket.io',
    'ws',
    'helmet',
    'pino',
    'prom-client',
    'zod',
    'node:',
  ],
  'server/sweeps': [
    'server/learning',
    'server/policy',
    'server/processes',
    'server/tasks',
    'shared',
    'zod',
    'node:',
  ],
  // Trainings on many machines. Redis is loaded only where somebody asks for it.
  'server/queue': [
    'server/policy',
    'server/processes',
    'server/storage',
    'server/sweeps',
    'shared',
    'bullmq',
    'ioredis',
    'zod',
    'node:',
  ],
  // Puzzles on the paper's own model; of learning only how threads work together.
  'server/lab': [
    'server/policy',
    'server/learning',
    'server/processes',
    'shared',
    'server/engine',
    '@tensorflow/',
    'csv-parse',
    'node:',
  ],
  // Episodes and policies for other programs. What is heavy is loaded when it is used.
  'server/export': [
    'server/engine',
    'server/policy',
    'server/tasks',
    'server/play',
    'server/processes',
    'envs',
    'envs/render',
    'shared',
    'h5wasm',
    'hyparquet',
    'hyparquet-writer',
    'zod',
    'node:',
  ],
  'server/bench': [SERVER, 'envs', 'shared', '@tensorflow/', 'socket.io-client', 'node:'],
  'server/conformance': [SERVER, 'envs', 'shared', 'node:'],
  'server/cli': [SERVER, 'envs', 'envs/render', 'shared', 'pino', 'node:'],
  'server/packing': [SERVER, 'esbuild', 'node:'],
  server: [SERVER, 'envs', 'shared', 'vite', 'pino', 'node:'],
  'client/net': ['client/store', 'shared', 'socket.io-client'],
  'client/store': ['shared'],
  // The rules of each task, for episodes that are played on the page.
  'client/tasks': ['client/store', 'envs', 'shared'],
  'client/replay': ['client/tasks', 'client/store', 'shared'],
  'client/selectors': ['client/store', 'client/replay', 'shared'],
  'client/theme': ['shared'],
  'client/ui': ['client/store', 'client/selectors', 'client/theme', 'shared'],
  'client/scene': ['client/overlays', ...DRAWN],
  'client/overlays': ['client/scene', ...DRAWN],
  // One folder for each thing that the page offers; none knows another.
  'client/features/classroom': [...FEATURE, 'client/net'],
  'client/features/compare': [...FEATURE, 'client/net', 'client/replay', 'client/scene'],
  'client/features/film': [...FEATURE, 'envs/render', 'mediabunny'],
  'client/features/help': FEATURE,
  'client/features/learning': FEATURE,
  'client/features/lessons': [...FEATURE, 'client/net'],
  'client/features/mind': FEATURE,
  'client/features/missions': [...FEATURE, 'client/net', 'client/replay', 'envs'],
  'client/features/playback': FEATURE,
  'client/features/recordings': [...FEATURE, 'fflate'],
  'client/features/rewards': FEATURE,
  'client/features/runs': FEATURE,
  'client/features/share': [...FEATURE, 'uqr'],
  'client/features/stage': [...FEATURE, 'client/scene', 'client/tasks'],
  'client/features/story': [...FEATURE, 'client/net', 'client/features/film', 'envs/render'],
  'client/features/timeline': FEATURE,
  'client/features/whatIf': [...FEATURE, 'client/net', 'client/replay'],
  // A page of its own: puzzles, and the model that solves them.
  'client/lab': ['client/net', 'client/theme', 'client/ui', 'shared', '@fontsource-variable/'],
  // One file that plays a replay without a server, made of the page's own parts.
  'client/viewer': [
    'client/replay',
    'client/selectors',
    'client/store',
    'client/theme',
    'client/ui',
    'client/features/recordings',
    'client/features/stage',
    'shared',
  ],
  'client/browser': ['shared', 'node:'],
  // The parts of main.ts: they connect what does not know of each other.
  'client/app': ['client/', 'envs', 'shared'],
  client: ['client/', 'envs', 'shared', 'vite', 'zod', 'pixi.js', '@fontsource-variable/', 'node:'],
};

const sources = ['shared', 'envs', 'server', 'client'].flatMap((folder) => filesBelow(folder));

function filesBelow(folder: string): string[] {
  return readdirSync(join(ROOT, folder)).flatMap((name) => {
    const path = `${folder}/${name}`;
    if (['node_modules', 'dist', '.build', '.cache', 'assembly', 'golden'].includes(name))
      return [];
    if (statSync(join(ROOT, path)).isDirectory()) return filesBelow(path);
    return path.endsWith('.ts') ? [path] : [];
  });
}

interface Import {
  from: string;
  /** A project file, or a package's name. */
  to: string;
}

function importsOf(file: string): Import[] {
  const text = readFileSync(join(ROOT, file), 'utf8');
  const found: Import[] = [];
  const pattern =
    /(?:^|\n)\s*(?:import|export)\s+(?:type\s+)?(?:[^;'"]*?\sfrom\s+)?['"]([^'"]+)['"]|import\(\s*['"]([^'"]+)['"]\s*\)/g;
  for (const match of text.matchAll(pattern)) {
    const target = match[1] ?? match[2];
    const to = target.startsWith('.')
      ? relative(ROOT, resolve(ROOT, dirname(file), target))
      : target;
    found.push({ from: file, to });
  }
  return found;
}

/** The table's folder that a file belongs to: the longest that fits. */
function folderOf(file: string): string {
  const parts = dirname(file).split('/');
  const folders = parts.map((_, i) => parts.slice(0, i + 1).join('/'));
  const listed = folders.findLast((folder) => folder in TABLE);
  // A part of `server` or `client` that is not listed counts as a folder of its own, and is reported.
  const isComposed = parts[0] === 'server' || parts[0] === 'client';
  const isFeature = folders[1] === 'client/features';
  const own = folders[isFeature ? 2 : isComposed && parts.length > 1 ? 1 : 0] ?? folders.at(-1);
  return listed !== undefined && listed.length >= (own as string).length ? listed : (own as string);
}

const isTest = (file: string) => /\.(test|testing)\.ts$/.test(file) || file.includes('/browser/');
const all = sources.flatMap(importsOf);

describe('imports', () => {
  test('were found at all', () => {
    expect(all.length).toBeGreaterThan(200);
  });

  test('every folder is in the table', () => {
    expect([...new Set(sources.map(folderOf))].filter((folder) => !(folder in TABLE))).toEqual([]);
  });

  test('keep to the table', () => {
    const wrong = all.filter(({ from, to }) => {
      if (isTest(from)) return false;
      const own = folderOf(from);
      const allowed = TABLE[own] ?? [];
      const inProject = /^(shared|envs|server|client)\//.test(to);
      const target = inProject ? folderOf(to) : to;
      if (inProject && target === own) return false;
      return !allowed.some((entry) =>
        entry.endsWith('/') || entry.endsWith(':')
          ? to.startsWith(entry)
          : target === entry || to.startsWith(`${entry}/`),
      );
    });
    expect(wrong.map(({ from, to }) => `${from} → ${to}`)).toEqual([]);
  });

  test('of Node’s own modules do not reach what the browser runs', () => {
    const wrong = all.filter(
      ({ from, to }) =>
        /^(shared|envs|client)\//.test(from) &&
        !isTest(from) &&
        to.startsWith('node:') &&
        !from.endsWith('vite.config.ts'),
    );
    expect(wrong.map(({ from, to }) => `${from} → ${to}`)).toEqual([]);
  });

  test('are not circular, not even those of types', () => {
    const graph = new Map<string, string[]>();
    for (const { from, to } of all)
      if (sources.includes(to)) graph.set(from, [...(graph.get(from) ?? []), to]);
    const found = circles(graph).map((files) => files.join(' ↔ '));
    expect(found).toEqual([]);
  });
});

/** Files that reach one another, each group sorted: Tarjan's strongly connected components of more than one file. */
function circles(graph: ReadonlyMap<string, readonly string[]>): string[][] {
  const order = new Map<string, number>();
  const lowest = new Map<string, number>();
  const open: string[] = [];
  const found: string[][] = [];
  const visit = (file: string): number => {
    const index = order.size;
    order.set(file, index);
    lowest.set(file, index);
    open.push(file);
    for (const next of graph.get(file) ?? []) {
      if (!order.has(next)) visit(next);
      if (open.includes(next))
        lowest.set(file, Math.min(lowest.get(file) as number, lowest.get(next) as number));
    }
    if (lowest.get(file) === index) {
      const group = open.splice(open.indexOf(file));
      if (group.length > 1) found.push(group.sort());
    }
    return index;
  };
  for (const file of graph.keys()) if (!order.has(file)) visit(file);
  return found.sort();
}

test('a cast that the compiler cannot check says why it holds', () => {
  const without = sources
    .filter((file) => !file.endsWith('.test.ts') && file !== 'server/architecture.test.ts')
    .flatMap((file) => {
      const lines = readFileSync(join(ROOT, file), 'utf8').split('\n');
      return lines.flatMap((line, i) => {
        if (!/\bas (unknown as|never)\b/.test(line) || /^\s*(\/\/|\*|\/\*)/.test(line)) return [];
        // The comment stands above the statement or the group of lines that the cast is in.
        const above =
          lines
            .slice(Math.max(0, i - 9), i + 1)
            .join('\n')
            .split('\n\n')
            .at(-1) ?? '';
        return /\/\/ Cast: .{15,}/.test(above) ? [] : [`${file}:${i + 1}`];
      });
    });
  expect(without).toEqual([]);
});

test('a file of more than 300 lines says at its top why it is one', () => {
  const without = sources.filter((file) => {
    const text = readFileSync(join(ROOT, file), 'utf8');
    const isLong = text.split('\n').length - 1 > 300;
    return isLong && !isTest(file) && !text.startsWith('// Longer than most files: ');
  });
  expect(without).toEqual([]);
});

test('a style sheet has at most 300 lines, beside what it styles', () => {
  const sheets = readdirSync(join(ROOT, 'client'), { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.css') && !file.startsWith('dist'))
    .map((file) => [file, readFileSync(join(ROOT, 'client', file), 'utf8').split('\n').length - 1]);
  expect(sheets.length).toBeGreaterThan(20);
  expect(sheets.filter(([, lines]) => Number(lines) > 300)).toEqual([]);
});

test('the top level holds nothing but what it may', () => {
  const allowed = [
    'package.json',
    'package-lock.json',
    'tsconfig.json',
    'server',
    'client',
    'envs',
    'shared',
    'jest.config.ts',
    'README.md',
    'LICENSE',
    'Dockerfile',
    // Not in git: packages, and what `npm pack` makes.
    'node_modules',
    'dist',
  ];
  expect(
    readdirSync(ROOT).filter(
      (name) => !name.startsWith('.') && !name.endsWith('.tgz') && !allowed.includes(name),
    ),
  ).toEqual([]);
});
