import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { build, type Metafile, transform } from 'esbuild';
import {
  compileGradients,
  compileKernels,
  PREBUILT_GRADIENTS,
  prebuiltKernels,
  relaxedSimd,
} from '../engine/compile.ts';
import { buildOf } from '../queue/build.ts';
import { type Manifest, MODULES, packedManifest, readManifest, TFJS } from './manifest.ts';

/** Not part of a running program: what builds and packs it, and the kernels' sources. */
const LEFT_OUT = [
  'server/packing/',
  'server/engine/assembly/',
  'server/build.ts',
  'server/testRandom.ts',
  'server/strictIndexing.ts',
];
const USED_BY_BENCHMARKS = [
  'server/api/trueReplay.testing.ts',
  'server/bench/fuzz/fuzzServer.testing.ts',
  'server/runs/fakeSession.testing.ts',
  'server/runs/launchHere.testing.ts',
  'server/storage/sample.testing.ts',
  'shared/run.testing.ts',
];
/** Besides JavaScript: shipped weights, the C source of the native product, the Gymnasium client. */
const ASSETS = /\/shipped\/[^/]+\.safetensors$|\/native\/[^/]+\.c$|\/gym\/planner_doer_gym\.py$/;
const OWN_MODULE = /(['"`])(\.{1,2}\/[^'"`\n]*)\.ts\1/g;
const BARE_IMPORT = /(\bfrom ?|\bimport ?\(?)"((?:node:)?(?:@[\w-]+\/)?\w[\w.-]*(?:\/[\w.-]+)*)"/g;

/**
 * Writes the whole program as JavaScript into `out`, in the folders it has as TypeScript: own modules one by one, so
 * that each finds its neighbours as before; large packages as one file each; kernels compiled; the page built.
 * Returns its package.json.
 *
 * @param page folder of the built page
 */
export async function writeProgram(root: string, page: string, out: string): Promise<Manifest> {
  rmSync(out, { recursive: true, force: true });
  mkdirSync(out, { recursive: true });
  const imports = new Set<string>();
  for (const file of filesBelow(root, ['server', 'shared', 'envs'])) {
    if (file.endsWith('.ts')) await writeModule(root, out, file, imports);
    else if (ASSETS.test(file)) copy(path.join(root, file), path.join(out, file));
  }
  await vendor(root, path.join(out, 'vendor'));
  const prebuilt = path.join(out, 'server/engine/prebuilt');
  mkdirSync(prebuilt);
  for (const relaxed of relaxedSimd() ? [true, false] : [false])
    writeFileSync(path.join(prebuilt, prebuiltKernels(relaxed)), await compileKernels(relaxed));
  copy(await compileGradients(), path.join(prebuilt, PREBUILT_GRADIENTS));
  cpSync(page, path.join(out, 'client/dist'), { recursive: true });
  // Beside the modules, as in a checkout: the program asks its version there, and Node that they are ES modules.
  const packed = {
    ...packedManifest(readManifest(path.join(root, 'package.json')), imports),
    // So that machines with a checkout and with a package find that they are of one kind.
    build: buildOf(root),
  };
  writeFileSync(path.join(out, 'package.json'), `${JSON.stringify(packed, undefined, 2)}\n`);
  return packed;
}

function filesBelow(root: string, folders: string[]): string[] {
  return folders
    .flatMap((folder) =>
      readdirSync(path.join(root, folder), { recursive: true, encoding: 'utf8' }).map(
        (name) => `${folder}/${name.replaceAll(path.sep, '/')}`,
      ),
    )
    .filter(
      (file) =>
        !/\.test\.ts$|\.d\.ts$|\/node_modules\//.test(file) &&
        // Test helpers stay out, except those that the benchmarks use.
        (!file.endsWith('.testing.ts') || USED_BY_BENCHMARKS.includes(file)) &&
        !LEFT_OUT.some((left) => file.startsWith(left)),
    )
    .sort();
}

async function writeModule(
  root: string,
  out: string,
  file: string,
  imports: Set<string>,
): Promise<void> {
  const { code } = await transform(readFileSync(path.join(root, file), 'utf8'), {
    loader: 'ts',
    format: 'esm',
    target: 'node20',
    sourcefile: file,
  });
  const target = path.join(out, file.replace(/\.ts$/, '.js'));
  const above = path.relative(path.dirname(target), out) || '.';
  const text = code
    .replace(OWN_MODULE, '$1$2.js$1')
    .replace(BARE_IMPORT, (whole, before: string, name: string) => {
      if (isVendored(name)) return `${before}"${above}/vendor/${fileOf(name)}.js"`;
      if (!name.startsWith('node:')) imports.add(packageOf(name));
      return whole;
    });
  mkdirSync(path.dirname(target), { recursive: true });
  writeFileSync(target, file === 'server/cli.ts' ? `#!/usr/bin/env node\n${text}` : text);
}

const VENDORED: readonly string[] = [...TFJS, ...MODULES];
const isVendored = (name: string) => VENDORED.includes(name);
/** `tfjs-core`, `h5wasm-node`. */
const fileOf = (name: string) => name.replace('@tensorflow/', '').replaceAll('/', '-');
const packageOf = (name: string) =>
  name
    .split('/')
    .slice(0, name.startsWith('@') ? 2 : 1)
    .join('/');

/** Options of both bundles. */
const BUNDLE = {
  bundle: true,
  platform: 'node',
  target: 'node20',
  minifySyntax: true,
  minifyWhitespace: true,
  legalComments: 'none',
  metafile: true,
  logLevel: 'error',
} as const;

/** Writes the packages that this program carries, and their licences. */
async function vendor(root: string, out: string): Promise<void> {
  const require = createRequire(path.join(root, 'package.json'));
  const tfjs = await vendorTfjs(require, out);
  const modules = await build({
    ...BUNDLE,
    entryPoints: MODULES.map((name) => ({ in: name, out: fileOf(name) })),
    absWorkingDir: root,
    outdir: out,
    format: 'esm',
  });
  const inputs = [tfjs, modules.metafile].flatMap((metafile) => Object.keys(metafile.inputs));
  writeFileSync(path.join(out, 'LICENCES.md'), licences(root, inputs));
}

/**
 * Each package as one CommonJS file that finds the others beside it. It is the same code as from node_modules (its
 * entry for Node), so it gives the same bits; the wasm backend looks for its binaries beside itself.
 */
async function vendorTfjs(require: NodeJS.Require, out: string): Promise<Metafile> {
  const { metafile } = await build({
    ...BUNDLE,
    entryPoints: TFJS.map((name) => ({ in: require.resolve(name), out: fileOf(name) })),
    outdir: out,
    outExtension: { '.js': '.cjs' },
    format: 'cjs',
    mainFields: ['main'],
    plugins: [
      {
        name: 'neighbours',
        setup: ({ onResolve }) =>
          onResolve({ filter: /^@tensorflow\// }, ({ path: name, kind }) =>
            isVendored(name) && kind !== 'entry-point'
              ? { path: `./${fileOf(name)}.cjs`, external: true }
              : undefined,
          ),
      },
    ],
  });
  for (const name of TFJS) {
    // Node does not see what such a file exports by name.
    const names = Object.keys(require(name) as object).filter(
      (one) => /^[A-Za-z_$][\w$]*$/.test(one) && one !== 'default',
    );
    const text = `import whole from "./${fileOf(name)}.cjs";\nexport default whole;\nexport const { ${names.join(', ')} } = whole;\n`;
    writeFileSync(path.join(out, `${fileOf(name)}.js`), text);
  }
  const wasm = path.dirname(require.resolve('@tensorflow/tfjs-backend-wasm'));
  for (const file of readdirSync(wasm).filter((name) => name.endsWith('.wasm')))
    copy(path.join(wasm, file), path.join(out, file));
  return metafile;
}

/** The licence texts of the packages whose files these are. */
function licences(root: string, files: string[]): string {
  const folders = new Set(
    files.flatMap((file) => /^.*node_modules\/(?:@[^/]+\/)?[^/]+/.exec(file)?.[0] ?? []),
  );
  const parts = [...folders].sort().map((folder) => {
    const at = path.resolve(root, folder);
    const { name, version, license } = JSON.parse(
      readFileSync(path.join(at, 'package.json'), 'utf8'),
    ) as Record<'name' | 'version' | 'license', string>;
    const file = readdirSync(at).find((one) => /^licen[cs]e/i.test(one));
    const text = file ? `\n\n${readFileSync(path.join(at, file), 'utf8').trim()}` : '';
    return `## ${name} ${version}\n\n${license}${text}`;
  });
  return `# Packages of which this program carries a copy\n\n${parts.join('\n\n')}\n`;
}

function copy(from: string, to: string): void {
  mkdirSync(path.dirname(to), { recursive: true });
  cpSync(from, to);
}
