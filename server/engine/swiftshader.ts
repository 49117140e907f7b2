import { access, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { brotliDecompressSync } from 'node:zlib';

const DRIVER = 'libvk_swiftshader.so';
const ICD = 'vk_swiftshader_icd.json';
const LOADER = 'libvulkan.so.1';
/** dlopen's flags RTLD_NOW, RTLD_GLOBAL and RTLD_NODELETE on Linux. */
const KEEP_LOADED = 0x2 | 0x100 | 0x1000;

/**
 * Gives this process a software Vulkan driver, for machines without a GPU: SwiftShader, out of the npm package
 * @sparticuz/chromium (a development dependency), unpacked below `folder` once. False if the package is absent. To be
 * called before Dawn makes its first instance.
 */
export async function provideSwiftShader(folder: string): Promise<boolean> {
  const place = await unpack(folder);
  if (!place) return false;
  // An installed Vulkan loader finds the driver by this variable. But workers and tests only change a copy of the
  // environment, and a bare Linux has no loader. So the driver is also loaded under the loader's name, which it can
  // replace. Node complains that it is no addon; NODELETE keeps it loaded.
  process.env.VK_ICD_FILENAMES = join(place, ICD);
  try {
    process.dlopen({ exports: {} }, join(place, LOADER), KEEP_LOADED);
  } catch {
    // As expected.
  }
  return true;
}

async function unpack(folder: string): Promise<string | undefined> {
  if (process.platform !== 'linux' || process.arch !== 'x64') return undefined;
  const target = join(folder, 'swiftshader');
  if (await exists(join(target, LOADER))) return target;
  let archive: Buffer;
  try {
    const entry = createRequire(import.meta.url).resolve('@sparticuz/chromium');
    archive = await readFile(join(packageRoot(entry), 'bin', 'swiftshader.tar.br'));
  } catch {
    return undefined;
  }
  const temporary = `${target}-${process.pid}-${Date.now()}`;
  await mkdir(temporary, { recursive: true });
  for (const [name, content] of tarEntries(brotliDecompressSync(archive))) {
    if (name === DRIVER || name === ICD) await writeFile(join(temporary, name), content);
    if (name === DRIVER) await writeFile(join(temporary, LOADER), renamed(content));
  }
  // Several processes may unpack at once: the first one's folder stays.
  await rename(temporary, target).catch(() => rm(temporary, { recursive: true }));
  return (await exists(join(target, LOADER))) ? target : undefined;
}

/** The driver under the loader's name: that name, the shorter one, is written over its own in the library's strings. */
function renamed(library: Buffer): Buffer {
  const copy = Buffer.from(library);
  const at = copy.indexOf(`\0${DRIVER}\0`);
  if (at < 0) throw new Error('This SwiftShader does not name itself as expected.');
  copy.write(`${LOADER}\0`, at + 1, 'latin1');
  return copy;
}

function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}

/** The folder of the package that `file` belongs to. */
function packageRoot(file: string): string {
  const marker = join('node_modules', '@sparticuz', 'chromium');
  const at = file.lastIndexOf(marker);
  return at < 0 ? dirname(file) : file.slice(0, at + marker.length);
}

/** Names and contents of a tar archive's plain files. */
function* tarEntries(tar: Buffer): Generator<[string, Buffer]> {
  for (let at = 0; at + 512 <= tar.length; ) {
    const name = tar.toString('utf8', at, at + 100).replace(/\0.*$/s, '');
    if (!name) return;
    const size = Number.parseInt(tar.toString('utf8', at + 124, at + 136), 8);
    yield [name, tar.subarray(at + 512, at + 512 + size)];
    at += 512 + Math.ceil(size / 512) * 512;
  }
}
