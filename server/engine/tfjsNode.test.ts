import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, test } from '@jest/globals';
import { createEngine } from './index.ts';
import { tfjsNodePackage } from './tfjsNode.ts';

const run = promisify(execFile);

test('a CommonJS package finds the functions that Node 23 took out of util', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'tfjs-node-'));
  try {
    const module = fileURLToPath(new URL('./tfjsNode.ts', import.meta.url));
    // As tfjs-node's own binding does: the module object is asked at the time of the call.
    await writeFile(
      join(folder, 'binding.cjs'),
      "const util_1 = require('util');\nmodule.exports = (x) => util_1.isNullOrUndefined(x) || util_1.isArray(x) || util_1.isString(x);",
    );
    await writeFile(
      join(folder, 'main.mts'),
      `import { createRequire } from 'node:module';
      const require = createRequire(import.meta.url);
      const util = require('util');
      for (const name of ['isNullOrUndefined', 'isArray', 'isString']) delete util[name];
      const binding = require('./binding.cjs');
      let before = 'works';
      try { binding(null); } catch (error) { before = error.name; }
      const { restoreUtil } = await import(${JSON.stringify(module)});
      restoreUtil();
      console.log(JSON.stringify([before, binding(null), binding(undefined), binding([]), binding('x'), binding(0)]));`,
    );
    const { stdout } = await run(process.execPath, ['--import', 'tsx', join(folder, 'main.mts')], {
      cwd: fileURLToPath(new URL('../..', import.meta.url)),
    });
    expect(JSON.parse(stdout)).toEqual(['TypeError', true, true, true, true, false]);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});

test('where the package is absent, the error says so', async () => {
  // Where it is installed, the contract suite runs on it instead.
  if (tfjsNodePackage()) return;
  await expect(createEngine({ engine: 'tfjs-node' })).rejects.toThrow(
    'The package @tensorflow/tfjs-node is not installed.',
  );
});
