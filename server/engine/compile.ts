import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { chmod, readdir, readFile, rename } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { cpus } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { setFlagsFromString } from 'node:v8';
import { buildFolder, isSafeFile } from './buildFolder.ts';

/**
 * What the engine needs and npm does not carry: the wasm kernels, compiled from assembly/, and tfjs-core's gradient
 * functions as one loadable file. Both are made on first use (a few seconds) and cached by the hash of their sources.
 * A packed program brings both (see server/packing), and compiles nothing.
 */

const run = promisify(execFile);
const here = dirname(fileURLToPath(import.meta.url));
const require = createRequire(import.meta.url);

/** (func (param v128 v128 v128) (result v128) (f32x4.relaxed_madd ...)), the least module that needs relaxed SIMD. */
const RELAXED_PROBE = Uint8Array.from([
  0, 97, 115, 109, 1, 0, 0, 0, 1, 8, 1, 96, 3, 123, 123, 123, 1, 123, 3, 2, 1, 0, 10, 13, 1, 11, 0,
  32, 0, 32, 1, 32, 2, 253, 133, 2, 11,
]);

/**
 * Whether this process can run relaxed SIMD (fused multiply-add). Node 20 has it behind a flag, which is set here: it
 * only counts for modules compiled afterwards.
 */
export function relaxedSimd(): boolean {
  if (WebAssembly.validate(RELAXED_PROBE)) return true;
  // Later versions have no such flag, and would print an error.
  if (!process.versions.node.startsWith('20.')) return false;
  setFlagsFromString('--experimental-wasm-relaxed-simd');
  return WebAssembly.validate(RELAXED_PROBE);
}

const PREBUILT = join(here, 'prebuilt');
const isPacked = existsSync(PREBUILT);
/** Names in a packed program's `prebuilt` folder. */
export const PREBUILT_GRADIENTS = 'gradients.cjs';
export const prebuiltKernels = (relaxed: boolean) => `kernels-${relaxed ? 'fma' : 'simd'}.wasm`;

/** Path of a cached product; made by `make(temporaryPath)` if absent, and moved into place whole. */
async function cached(
  name: string,
  extension: string,
  ingredients: string[],
  make: (out: string) => Promise<void>,
): Promise<string> {
  const hash = createHash('sha256').update(ingredients.join('\0')).digest('hex').slice(0, 16);
  const folder = await buildFolder();
  const path = join(folder, `${name}-${hash}${extension}`);
  if (await isSafeFile(path)) return path;
  const temporary = join(
    folder,
    `${name}-${hash}-${process.pid}-${Date.now()}-${Math.floor(performance.now() * 1e3)}${extension}`,
  );
  await make(temporary);
  // A compiler may write group-writable files; nobody else can access the folder meanwhile.
  await chmod(temporary, 0o700);
  await rename(temporary, path);
  return path;
}

/** Number of data segments: they would overwrite the memory that the module shares with the tensor backend. */
function dataSegments(wasm: Uint8Array): number {
  let at = 8;
  const leb = () => {
    let value = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = wasm[at++];
      value |= (byte & 127) << shift;
      if (byte < 128) return value;
    }
  };
  while (at < wasm.length) {
    const id = wasm[at++];
    const size = leb();
    if (id === 11) return leb();
    at += size;
  }
  return 0;
}

/** Offsets and strides in bytes; see native/product.c. */
export type NativeProduct = (memory: ArrayBuffer, ...args: number[]) => void;

/**
 * The matrix product in native code, built for this CPU; undefined without a C compiler or if it fails. Nothing depends
 * on it.
 *
 * @param mayBuild whether it is built where it is absent; a packed program builds nothing unless it is told to
 */
export async function compileNative(mayBuild = !isPacked): Promise<NativeProduct | undefined> {
  if (process.platform === 'win32') return undefined;
  const source = join(here, 'native', 'product.c');
  const options = ['-O3', '-march=native', '-ffp-contract=fast', '-shared', '-fPIC'];
  if (process.platform === 'darwin') options.push('-undefined', 'dynamic_lookup');
  const code = await readFile(source, 'utf8');
  const processor = `${process.platform} ${process.arch} ${cpus()[0]?.model}`;
  try {
    const path = await cached('native', '.node', [processor, ...options, code], async (out) => {
      if (!mayBuild) throw new Error('not built yet');
      await run('cc', [...options, '-o', out, source], { timeout: 30_000 });
    });
    return (require(path) as { product: NativeProduct }).product;
  } catch {
    return undefined;
  }
}

/** The kernels' binary, for relaxed or plain SIMD. Throws with the compiler's message if the sources do not compile. */
export async function compileKernels(relaxed: boolean): Promise<Uint8Array<ArrayBuffer>> {
  if (isPacked) return Uint8Array.from(await readFile(join(PREBUILT, prebuiltKernels(relaxed))));
  const assembly = join(here, 'assembly');
  const names = (await readdir(assembly)).filter((name) => name.endsWith('.ts')).sort();
  const sources = await Promise.all(names.map((name) => readFile(join(assembly, name), 'utf8')));
  const manifest = require.resolve('assemblyscript/package.json');
  const { version } = JSON.parse(await readFile(manifest, 'utf8')) as { version: string };
  const features = relaxed ? 'simd,relaxed-simd' : 'simd';
  const options = [
    '-O3',
    '--noAssert',
    '--importMemory',
    '--runtime',
    'stub',
    '--enable',
    features,
    // Explicit casts for 64-bit memories, and vectors as arguments between the module's own files.
    '--disableWarning',
    '201',
    '--disableWarning',
    '112',
  ];
  const path = await cached(
    `kernels-${relaxed ? 'fma' : 'simd'}`,
    '.wasm',
    [version, ...options, ...names, ...sources],
    async (out) => {
      const compiler = join(dirname(manifest), 'bin', 'asc.js');
      try {
        await run(process.execPath, [compiler, join(assembly, 'index.ts'), '-o', out, ...options]);
      } catch (error) {
        const { stderr, stdout } = error as { stderr?: string; stdout?: string };
        throw new Error(`The wasm kernels do not compile: ${stderr || stdout || String(error)}`);
      }
      if (dataSegments(await readFile(out)) > 0)
        throw new Error('The wasm kernels carry static data, which they must not.');
    },
  );
  return Uint8Array.from(await readFile(path));
}

/**
 * Registers tfjs-core's own gradient functions. They ship only as ES modules in a CommonJS package, which neither Node
 * nor Jest can import, so they are bundled once; tfjs keeps its registries on the global object, which joins the two.
 */
export async function registerGradients(): Promise<void> {
  require(await compileGradients());
}

/** Path of the gradient functions' file. */
export async function compileGradients(): Promise<string> {
  if (isPacked) return join(PREBUILT, PREBUILT_GRADIENTS);
  const entry = require.resolve('@tensorflow/tfjs-core/dist/register_all_gradients.js');
  const { version } = require('@tensorflow/tfjs-core/package.json') as { version: string };
  return cached('gradients', '.cjs', [version], async (outfile) => {
    const options = {
      entryPoints: [entry],
      outfile,
      bundle: true,
      format: 'cjs',
      platform: 'node',
      minify: true,
    };
    await run(
      process.execPath,
      ['-e', `require('esbuild').buildSync(${JSON.stringify(options)})`],
      { cwd: here },
    );
  });
}
