import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';
import { Worker, type WorkerOptions } from 'node:worker_threads';

const require = createRequire(import.meta.url);

/**
 * A worker thread that runs a TypeScript module. A thread does not inherit its parent's loader (under
 * Jest there is none), so each registers tsx for itself.
 */
export function typescriptWorker(module: URL, options: WorkerOptions): Worker {
  const manifest = require.resolve('tsx/package.json');
  const { exports } = require('tsx/package.json') as {
    exports: { './esm/api': { import: { default: string } } };
  };
  const loader = new URL(exports['./esm/api'].import.default, pathToFileURL(manifest)).href;
  const boot = `import { register } from ${JSON.stringify(loader)}; register(); await import(${JSON.stringify(module.href)});`;
  return new Worker(new URL(`data:text/javascript,${encodeURIComponent(boot)}`), {
    ...options,
    execArgv: [],
  });
}
