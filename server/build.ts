import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import type { InlineConfig } from 'vite';
import { compileKernels, registerGradients, relaxedSimd } from './engine/compile.ts';

/**
 * What has to be made before the first start: the page in client/dist, and the engine's kernels. Does
 * nothing where no source has changed since; `--force` builds the page anyway.
 */
const root = fileURLToPath(new URL('..', import.meta.url));
const client = path.join(root, 'client');
const mark = path.join(client, 'dist', '.sources');
const SOURCES = ['client', 'envs', 'shared', 'package-lock.json'];
const IGNORED = new Set(['dist', 'browser', 'node_modules', 'golden']);

async function buildPage(): Promise<void> {
  const sources = hashOf(SOURCES);
  const isFresh = existsSync(mark) && readFileSync(mark, 'utf8') === sources;
  if (isFresh && !process.argv.includes('--force')) return;
  const begun = performance.now();
  const { build } = await import('vite');
  const config = {
    root: client,
    configFile: path.join(client, 'vite.config.ts'),
    logLevel: 'warn',
  } as const;
  await build(config);
  // By itself: what two pages shared would be scripts of their own, and both would compress and load worse.
  const lab = { emptyOutDir: false, rollupOptions: { input: path.join(client, 'lab.html') } };
  await build({ ...config, build: lab });
  await buildViewer(build, config);
  writeFileSync(mark, sources);
  say('page', begun);
}

/** The replay page is one file, scripts and styles within it, so that it works from a disk, a mail, anywhere. */
async function buildViewer(
  build: typeof import('vite').build,
  config: InlineConfig,
): Promise<void> {
  const { output } = (await build({
    ...config,
    build: {
      write: false,
      emptyOutDir: false,
      modulePreload: false,
      cssCodeSplit: false,
      rollupOptions: { input: path.join(client, 'viewer.html') },
    },
  })) as { output: { fileName: string; source?: string | Uint8Array; code?: string }[] };
  const textOf = (fileName: string) => {
    const file = output.find((one) => one.fileName === fileName);
    if (!file) throw new Error(`the replay page asks for ${fileName}, which was not built`);
    return String(file.code ?? file.source);
  };
  const page = textOf('viewer.html')
    .replace(
      /<script type="module"[^>]* src="\.\/([^"]+)"><\/script>/,
      (_, name: string) =>
        // The document ends a script at this sign, whatever the script means by it.
        `<script type="module">${textOf(name).replaceAll('</script', '<\\/script')}</script>`,
    )
    .replace(
      /<link rel="stylesheet"[^>]* href="\.\/([^"]+)">/,
      (_, name: string) => `<style>${textOf(name)}</style>`,
    );
  if (/ (src|href)="\.\//.test(page)) throw new Error('the replay page still asks for files');
  writeFileSync(path.join(client, 'dist', 'viewer.html'), page);
}

async function buildKernels(): Promise<void> {
  const begun = performance.now();
  try {
    // Both keep what they make, and return at once where nothing has changed.
    await compileKernels(relaxedSimd());
    await registerGradients();
    if (performance.now() - begun > 1000) say("engine's kernels", begun);
  } catch (error) {
    // Another engine may still work; `doctor` shows which.
    process.stderr.write(`The engine's kernels were not built: ${(error as Error).message}\n`);
  }
}

function say(what: string, begun: number): void {
  process.stderr.write(
    `Built the ${what} in ${((performance.now() - begun) / 1000).toFixed(1)} s.\n`,
  );
}

/** Of the names and contents of all source files below these. */
function hashOf(names: string[]): string {
  const hash = createHash('sha256');
  const add = (name: string) => {
    const full = path.join(root, name);
    if (statSync(full).isDirectory()) {
      for (const child of readdirSync(full).filter(isSource).sort()) add(`${name}/${child}`);
    } else hash.update(`${name}\0`).update(readFileSync(full)).update('\0');
  };
  names.forEach(add);
  return hash.digest('hex');
}

function isSource(name: string): boolean {
  return !IGNORED.has(name) && !name.includes('.test.') && !name.includes('.testing.');
}

await buildPage();
await buildKernels();
