import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';

/**
 * How this program's own files are started in other processes and threads: from a checkout they are TypeScript, which
 * Node runs through tsx; a packed program (see server/packing) is JavaScript and brings no tsx.
 */

/** Whether this is a checkout. */
export const FROM_SOURCE = import.meta.url.endsWith('.ts');

/** How a command of this program is written. */
export const USAGE = FROM_SOURCE ? 'npm run -s cli --' : 'npx planner-and-doer';

const require = createRequire(import.meta.url);

/** Arguments for Node, before the name of a file of this program. */
export const LOADER_ARGS: readonly string[] = FROM_SOURCE
  ? ['--import', pathToFileURL(require.resolve('tsx')).href]
  : [];

/** What a thread runs to load `module`. It does not inherit its parent's loader, so each registers tsx for itself. */
export function threadEntry(module: URL): URL {
  if (!FROM_SOURCE) return module;
  const manifest = require.resolve('tsx/package.json');
  const { exports } = require('tsx/package.json') as {
    exports: { './esm/api': { import: { default: string } } };
  };
  const loader = new URL(exports['./esm/api'].import.default, pathToFileURL(manifest)).href;
  const boot = `import { register } from ${JSON.stringify(loader)}; register(); await import(${JSON.stringify(module.href)});`;
  return new URL(`data:text/javascript,${encodeURIComponent(boot)}`);
}
