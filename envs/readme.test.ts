import { readFileSync } from 'node:fs';
import vm from 'node:vm';
import { expect, test } from '@jest/globals';
import { transformSync } from '@swc/core';
import * as constants from '../shared/constants.ts';
import * as rewards from '../shared/rewards.ts';
import * as bot from './bot/index.ts';
import * as envs from './index.ts';
import * as language from './language/index.ts';

/** What the examples import; whoever reads them writes these paths. */
const MODULES: Readonly<Record<string, object>> = {
  './envs/index.ts': envs,
  './envs/bot/index.ts': bot,
  './envs/language/index.ts': language,
  './shared/constants.ts': constants,
  './shared/rewards.ts': rewards,
};

function examplesOf(file: string, root: string): [string, string][] {
  const text = readFileSync(new URL(file, import.meta.url), 'utf8');
  return [...text.matchAll(/^```ts\n(.*?)^```$/gms)].map(([, code], index) => [
    `${file}, example ${index + 1}`,
    code
      .replace(/from '\.\.\/index\.ts'/g, "from './envs/index.ts'")
      .replace(/from '\.\/index\.ts'/g, `from '${root}'`),
  ]);
}
const examples = [
  ...examplesOf('./README.md', './envs/index.ts'),
  ...examplesOf('./bot/README.md', './envs/bot/index.ts'),
  ...examplesOf('./language/README.md', './envs/language/index.ts'),
];

/** Runs an example; a line `value; // → what` is an expectation. */
function runExample(code: string): number {
  let expectations = 0;
  const checked = code.replace(/^(\S.*); \/\/ → (.+)$/gm, (_, value, wanted) => {
    expectations++;
    return `expect(${value}).toEqual(${wanted});`;
  });
  const { code: script } = transformSync(checked, {
    jsc: { parser: { syntax: 'typescript' }, target: 'es2022' },
    module: { type: 'commonjs' },
  });
  const require = (name: string) => {
    if (!Object.hasOwn(MODULES, name)) throw new Error(`the example imports ${name}`);
    return MODULES[name];
  };
  vm.runInThisContext(`(function (require, exports, expect) {${script}\n})`)(require, {}, expect);
  return expectations;
}

test('there are examples', () => {
  expect(examples.length).toBeGreaterThanOrEqual(7);
});
test.each(examples)('%s runs as it stands', (_, code) => {
  expect(runExample(code)).toBe(code.split(' // → ').length - 1);
});
