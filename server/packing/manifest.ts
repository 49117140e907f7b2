import { readFileSync } from 'node:fs';

/** The parts of a package.json that matter here. */
export interface Manifest {
  name: string;
  version: string;
  dependencies: Record<string, string>;
  devDependencies: Record<string, string>;
  optionalDependencies: Record<string, string>;
  [field: string]: unknown;
}

/** TensorFlow.js, of which the packed program holds a copy: npm's packages have 83 MB, their entries for Node 3. */
export const TFJS = [
  '@tensorflow/tfjs-core',
  '@tensorflow/tfjs-backend-cpu',
  '@tensorflow/tfjs-backend-wasm',
  '@tensorflow/tfjs-backend-webgpu',
] as const;
/** The same of packages of ES modules, most of whose files this program does not use: 24 MB, and 5 here. */
export const MODULES = ['zod', 'h5wasm/node'] as const;

/** Engines that a person adds if wanted (`npm install webgpu`): each is larger than all the rest. */
const OPTIONAL_ENGINES = ['webgpu', '@tensorflow/tfjs-node'] as const;

export const readManifest = (file: string | URL): Manifest =>
  JSON.parse(readFileSync(file, 'utf8')) as Manifest;

/**
 * The package.json of the packed program: of the dependencies only what its modules import, and nothing that builds or
 * tests. npm would install `optionalDependencies` too (TensorFlow's library has 500 MB), so they become optional peers.
 * Throws where an imported package is in neither.
 */
export function packedManifest(source: Manifest, imports: ReadonlySet<string>): Manifest {
  const { devDependencies, optionalDependencies, scripts, overrides, ...kept } = source;
  const all: Record<string, string> = { ...optionalDependencies, ...source.dependencies };
  const isOptional = (name: string) => (OPTIONAL_ENGINES as readonly string[]).includes(name);
  const needed = [...imports].filter((name) => !isOptional(name)).sort();
  const unknown = needed.filter((name) => !(name in all));
  if (unknown.length > 0) {
    throw new Error(
      `The program imports ${unknown.join(', ')}, which package.json does not list in dependencies.`,
    );
  }
  return {
    ...(kept as Manifest),
    dependencies: Object.fromEntries(needed.map((name) => [name, all[name]])),
    peerDependencies: Object.fromEntries(OPTIONAL_ENGINES.map((name) => [name, all[name]])),
    peerDependenciesMeta: Object.fromEntries(
      OPTIONAL_ENGINES.map((name) => [name, { optional: true }]),
    ),
  };
}
