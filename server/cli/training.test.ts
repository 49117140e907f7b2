import { spawn } from 'node:child_process';
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, expect, test } from '@jest/globals';
import type { Recipe } from '../learning/cloning/shippedRecipes.ts';
import { readPolicy, writePolicy } from '../policy/policyFile.ts';
import { COMMANDS } from './commands.ts';
import { runCli } from './main.ts';
import { followRecipe } from './pretrainRecipe.ts';

const TINY = { help: '', sizes: {} };

const folder = mkdtempSync(path.join(os.tmpdir(), 'training-test-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const inFolder = (name: string) => path.join(folder, name);

/** @param onLine told of each line of progress as it is said */
async function run(argv: string[], onLine: (line: string) => void = () => undefined) {
  let out = '';
  let err = '';
  const code = await runCli(argv, COMMANDS, {
    out: (text) => {
      out += text;
    },
    err: (text) => {
      err += text;
      onLine(text);
    },
  });
  return { code, err, json: () => JSON.parse(out) as Record<string, never> };
}

/** The command in a process of its own, which gets a SIGTERM once it has said something. */
function interrupted(argv: string[], said: string) {
  const cli = fileURLToPath(new URL('../cli.ts', import.meta.url));
  const child = spawn(process.execPath, ['--import', 'tsx', cli, ...argv]);
  let out = '';
  let err = '';
  child.stdout.on('data', (data) => {
    out += data;
  });
  child.stderr.on('data', (data) => {
    const before = err.includes(said);
    err += data;
    if (!before && err.includes(said)) child.kill('SIGTERM');
  });
  return new Promise<{ code: number | null; err: string; json: { envSteps: number } }>(
    (resolve) => {
      child.on('close', (code) => resolve({ code, err, json: JSON.parse(out) }));
    },
  );
}

const LEVEL = 'BabyAI-GoToRedBallNoDists-v0';
const SMALL = ['--set', 'environments=8,rolloutSteps=16,minibatches=1,epochs=1', '--workers', '1'];
const TRAIN = ['train', '--level', LEVEL, '--init', 'scratch', '--eval-episodes', '10', ...SMALL];

test('success is that of the weights saved, with a test made for them', async () => {
  const out = inFolder('measured.safetensors');
  // The steps run out two updates after a test.
  const trained = await run([
    ...TRAIN,
    '--steps',
    '384',
    '--eval-every',
    '2',
    '--out',
    out,
    ...['--other-levels', 'GoToObjS4', '--json'],
  ]);
  const { success, weightsHash, policy, preset, curve, otherSkills } = trained.json();
  const [other] = (otherSkills as { levels: { level: string; after: { success: number } }[] })
    .levels;
  expect(other.level).toBe('BabyAI-GoToObjS4-v0');
  expect({ policy, preset }).toEqual({ policy: 'hrm', preset: 'nano' });
  expect((curve as [number, number, number][]).map(([steps]) => steps)).toEqual([0, 256, 384]);
  expect(hashOf(await readPolicy(out))).toBe(weightsHash);
  const played = await run([
    ...['evaluate', '--checkpoint', out, '--level', LEVEL, '--episodes', '10', '--json'],
    ...['--workers', '1'],
  ]);
  expect(played.json().success).toBe(success);
  const elsewhere = await run([
    ...['evaluate', '--checkpoint', out, '--level', other.level, '--episodes', '10', '--json'],
    ...['--workers', '1'],
  ]);
  expect(elsewhere.json().success).toBe(other.after.success);
  // What was kept meanwhile is gone.
  expect(readdirSync(folder).filter((name) => name.includes('measured'))).toEqual([
    'measured.safetensors',
  ]);
});

test('training does not stop at a test made before the update', async () => {
  const lines: string[] = [];
  const trained = await run([...TRAIN, '--until', '0', '--eval-every', '3', '--json'], (line) =>
    lines.push(line),
  );
  // Every test reaches 0: the first one after an update is that of the third, and fresh seeds confirm it.
  expect(trained.json().envSteps).toBe(384);
  expect(lines.filter((line) => line.startsWith('confirmed'))).toHaveLength(1);
});

test('an interrupted training is saved, and goes on as if never stopped', async () => {
  const out = inFolder('stopped.safetensors');
  const kept = inFolder('stopped.run.safetensors');
  const stopped = await interrupted(
    [...TRAIN, '--steps', '100000', '--eval-every', '1', '--out', out, '--json'],
    '256 steps',
  );
  expect(stopped.code).toBe(143);
  const { envSteps } = stopped.json;
  expect(stopped.json).toMatchObject({ interrupted: 'SIGTERM', kept });
  expect(envSteps).toBeGreaterThanOrEqual(256);
  expect(stopped.err).toMatch(/train --resume .*stopped\.run\.safetensors/);
  expect(existsSync(out)).toBe(false);
  const wanted = String(envSteps + 256);
  const aside = inFolder('aside.run.safetensors');
  copyFileSync(kept, aside);
  const whole = await run([...TRAIN, '--steps', wanted, '--json']);
  const resumed = ['train', '--resume', kept, '--steps', wanted, '--eval-episodes', '10'];
  const rest = await run([...resumed, '--out', out, '--json']);
  expect(rest.json()).toMatchObject({ level: LEVEL, init: 'scratch', envSteps: envSteps + 256 });
  expect(rest.json().weightsHash).toBe(whole.json().weightsHash);
  // A fork repeats it, unless something else is asked for.
  const forked = ['train', '--fork', aside, '--steps', wanted, '--eval-episodes', '10', '--json'];
  const same = (await run(forked)).json();
  expect(same).toMatchObject({ worlds: 'kept', weightsHash: whole.json().weightsHash });
  const wider = (await run([...forked, '--set', 'environments=16'])).json();
  expect(wider).toMatchObject({ worlds: 'anew', level: LEVEL });
  expect(wider.weightsHash).not.toBe(same.weightsHash);
  expect(await run([...forked, '--policy', 'gru'])).toMatchObject({
    code: 2,
    err: expect.stringMatching(/^--policy has no effect with --fork/),
  });
  expect(existsSync(kept)).toBe(false);
  expect(await run([...resumed, '--seed', '3'])).toMatchObject({
    code: 2,
    err: expect.stringMatching(/^--seed has no effect with --resume/),
  });
  expect(await run(['train', '--resume', out, '--steps', '600'])).toMatchObject({
    code: 2,
    err: expect.stringMatching(/holds a policy and no interrupted training/),
  });
});

test('cloning tells the accuracies of what it saves', async () => {
  const out = inFolder('cloned.safetensors');
  const pretrain = ['pretrain', '--levels', LEVEL, '--episodes', '30', ...SMALL];
  const cloned = await run([...pretrain, '--out', out, '--json']);
  const { actionAccuracy, weightsHash } = cloned.json();
  expect(hashOf(await readPolicy(out))).toBe(weightsHash);
  expect(actionAccuracy).toBeGreaterThan(0);
  expect(actionAccuracy).toBeLessThanOrEqual(1);
});

test('a recipe makes its policy stage by stage, and goes on where it was interrupted', async () => {
  const out = inFolder('rooms.safetensors');
  const kept = inFolder('rooms.run.safetensors');
  // One step of each stage is wanted, and an update of few worlds made.
  const argv = [
    'pretrain',
    '--recipe',
    'rooms',
    '--share',
    '1e-9',
    '--out',
    out,
    ...SMALL,
    '--json',
  ];
  const whole = await run(argv);
  expect(whole.err.match(/stage . of 2: 128 of 1 steps/g)).toEqual([
    'stage 1 of 2: 128 of 1 steps',
    'stage 2 of 2: 128 of 1 steps',
  ]);
  expect(whole.json()).toMatchObject({ recipe: 'rooms', stages: 2, steps: 129, policy: 'hrm' });
  expect(existsSync(kept)).toBe(false);
  const { history, config } = await readPolicy(out);
  expect(config.memory).toBeUndefined();
  expect(history).toMatchObject([
    { recipe: 'rooms', stage: 1, init: 'scratch', envSteps: 128 },
    { recipe: 'rooms', stage: 2, init: 'stage 1', envSteps: 128 },
  ]);
  const finished = await run([...argv, '--init', out]);
  expect(finished.err).toMatch(/--init is .*, which is the finished policy of --recipe rooms/);
  const other = await run([...argv, '--init', 'default']);
  expect(other.err).toMatch(/was not made by --recipe rooms --share 1e-9; accepted: scratch, or/);

  // A run that ended in its first stage, as an interrupted one keeps it.
  const first = { ...(await readPolicy(out)), history: history.slice(0, 1) };
  await writePolicy(kept, { ...first, seeds: {} });
  const rest = await run([...argv, '--init', kept]);
  expect(rest.err).not.toContain('stage 1');
  expect(rest.json()).toMatchObject({ steps: 129, stages: 2 });
  const mixed = await run([...argv, '--levels', LEVEL]);
  expect(mixed.err).toMatch(/--levels is what --recipe rooms decides/);
});

test('a stage of a recipe learns from its own best tries, and goes on in the middle with the rate that it had come to', async () => {
  const levels = ['BabyAI-GoToObjS4-v0'];
  const taught = { levels, steps: 512, seed: 1, learningRate: 0.002 };
  const tries = { from: 'itself', levels, steps: 2048, seed: 2, learningRate: 0.004 } as const;
  const options = {
    ...({ recipe: 'default', share: 1, init: 'scratch', engine: 'wasm', workers: 1 } as const),
    settings: { environments: 16, rolloutSteps: 16, minibatches: 2, lessonSteps: 64, coolDown: 4 },
  };
  const make = async (name: string, stages: Recipe['stages'], init = 'scratch') => {
    const said: string[] = [];
    const out = inFolder(name);
    await followRecipe({ ...options, init, out }, (line) => said.push(line), { ...TINY, stages });
    return { said: said.join('\n'), file: await readPolicy(out) };
  };
  const alone = await make('taught.safetensors', [taught]);
  const both = await make('tries.safetensors', [taught, tries], inFolder('taught.safetensors'));
  expect(both.said).toMatch(/stage 2 of 2: 2048 of 2048 steps.*of its first tries in BabyAI-GoTo/);
  expect(both.file.history).toMatchObject([
    { mode: 'clone', stage: 1, init: 'scratch', envSteps: 512 },
    { mode: 'self-cloning', stage: 2, init: 'stage 1', envSteps: 2048 },
  ]);
  expect(hashOf(both.file)).not.toBe(hashOf(alone.file));

  // As a recipe keeps it that was interrupted in the middle of its second stage.
  const half = both.file.history.with(1, { ...both.file.history[1], envSteps: 1024 });
  const kept = inFolder('half.safetensors');
  await writePolicy(kept, { ...both.file, history: half, seeds: {} });
  const rest = await make('rest.safetensors', [taught, tries], kept);
  expect(rest.file.history.at(-1)).toMatchObject({ stage: 2, stepsBefore: 1024, envSteps: 1024 });
  // It falls to a tenth over `coolDown` thousand steps.
  const fallen = 0.004 * (1 - (0.9 * 1024) / 4000);
  expect(both.file.history.at(-1)).toMatchObject({ settings: { learningRate: 0.004 } });
  expect(rest.file.history.at(-1)).toMatchObject({
    settings: {
      learningRate: expect.closeTo(fallen, 6),
      coolDown: expect.closeTo((4 * fallen) / 0.004, 6),
    },
  });
});

function hashOf({ loaded }: Awaited<ReturnType<typeof readPolicy>>): unknown {
  return loaded.info.weightsHash;
}

const LFS_POINTER = inFolder('pointer.json');
writeFileSync(LFS_POINTER, 'version https://git-lfs.github.com/spec/v1\n');

test.each<[string[], RegExp]>([
  [[...TRAIN, '--steps', '9', '--out', inFolder('no/such/a.safetensors')], /no folder .*no.such/],
  [[...TRAIN, '--steps', '9', '--out', folder], /--out is .* that is a folder/],
  [[...TRAIN, '--steps', '9', '--out', ' '], /--out is " "; accepted: a name with a visible/],
  [[...TRAIN, '--steps', '9', '--out', 'a\u0007b'], /accepted: .* no control characters/],
  [['bench', 'env', '--level', LEVEL, '--out', folder], /--out is .* that is a folder/],
  [
    ['train', '--level', LEVEL, '--policy', 'gru', '--steps', '9'],
    /--policy is "gru", but .*"hrm"/,
  ],
  [['train', '--level', LEVEL, '--preset', 'paper', '--steps', '9'], /--preset is "paper", but/],
  [
    [
      'train',
      '--level',
      LEVEL,
      '--init',
      'scratch',
      '--policy',
      'gru',
      '--steps',
      '9',
      '--set',
      'plannerOnly=1',
    ],
    /^--set plannerOnly is 1, and has no effect for the policy gru, which has no Planner; accepted: 0/,
  ],
  [
    [
      'pretrain',
      '--levels',
      LEVEL,
      '--init',
      'rooms',
      '--policy',
      'flat',
      '--episodes',
      '9',
      '--out',
      inFolder('x'),
    ],
    /--policy is "flat", but training starts from "rooms"/,
  ],
  [
    [...TRAIN, '--steps', '9', '--set', 'learningRate=NaN'],
    /learningRate=NaN"; accepted: .*finite/,
  ],
  [[...TRAIN, '--steps', '9', '--reward', folder], /--reward is .*, which is a folder; accepted/],
  [
    [...TRAIN, '--steps', '9', '--reward', LFS_POINTER],
    /--reward is .*, which is a Git LFS pointer.*; accepted: a JSON file of weights/,
  ],
  [
    ['train', '--level', 'layout:<!doctype html><p>404', '--steps', '9'],
    /what follows layout: is a web page.*; accepted: the text of a layout/,
  ],
  [['train', '--steps', '9'], /--level is missing/],
  [['train', '--resume', inFolder('none'), '--steps', '9'], /there is no such file/],
  [
    [
      'pretrain',
      '--levels',
      'mission:put the ball next to a ball',
      '--episodes',
      '9',
      '--out',
      inFolder('x'),
    ],
    /--levels has .*would also be/,
  ],
  [
    [
      'pretrain',
      '--levels',
      `layout:mission: go to a ball\n## ## ## ## ##\n## A> ## gb ##\n## ## ## ## ##`,
      '--episodes',
      '9',
      '--out',
      inFolder('x'),
    ],
    /--levels: .*cannot be done.*--allow-impossible/,
  ],
])('%j is refused before anything is learnt', async (argv, message) => {
  const { code, err } = await run(argv);
  expect(err).toMatch(message);
  expect(err.trimEnd().split('\n')).toHaveLength(1);
  expect(code).toBe(2);
});

test('a file that is there and cannot be replaced is refused', async () => {
  const taken = inFolder('taken');
  mkdirSync(taken);
  writeFileSync(path.join(taken, 'a'), '');
  expect(await run([...TRAIN, '--steps', '9', '--out', taken])).toMatchObject({ code: 2 });
});

test('the override of goals says where there is nothing to name', async () => {
  const argv = ['evaluate', '--checkpoint', 'rooms', '--episodes', '3', '--workers', '1'];
  const only = await run([...argv, '--level', LEVEL, '--override-goal', 'other-object']);
  expect(only.code).toBe(2);
  expect(only.err).toMatch(/has no effect: in none of the 3 episodes/);
});
