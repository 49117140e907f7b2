import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { afterAll, expect, test } from '@jest/globals';
import { trueReplay } from '../api/trueReplay.testing.ts';
import type { CommandEntry } from './command.ts';
import { COMMANDS } from './commands.ts';
import { runCli } from './main.ts';

const folder = mkdtempSync(path.join(os.tmpdir(), 'cli-test-'));
afterAll(() => rmSync(folder, { recursive: true }));

async function run(...argv: string[]) {
  const printed = { out: '', err: '' };
  const code = await runCli(argv, COMMANDS, {
    out: (text) => void (printed.out += text),
    err: (text) => void (printed.err += text),
  });
  return { code, ...printed };
}

const jsonOf = (out: string) => JSON.parse(out.trimEnd().split('\n').at(-1)!);

function fileWith(name: string, content: string): string {
  const file = path.join(folder, name);
  writeFileSync(file, content);
  return file;
}

test('help lists every command, and each command tells its options', async () => {
  const { code, out } = await run('--help');
  expect(code).toBe(0);
  for (const { name } of COMMANDS) expect(out).toMatch(new RegExp(`^ {2}${name} `, 'm'));
  const levels = await run('bot', '--help');
  expect(levels.out).toMatch(/--episodes N +Episodes to play\. \(default: 100\)/);
});

test('--json ends stdout with one object', async () => {
  const { code, out } = await run('levels', '--json');
  expect(code).toBe(0);
  expect(jsonOf(out).levels[0]).toHaveProperty('id');
});

test('the expert plays', async () => {
  const { code, out } = await run(
    'bot',
    '--level',
    'BabyAI-GoToLocal-v0',
    '--episodes',
    '20',
    '--seed-base',
    '7',
    '--json',
  );
  expect(code).toBe(0);
  expect(jsonOf(out)).toMatchObject({ success: 1, meanLength: expect.any(Number) });
});

test('a true replay is confirmed, and a false one is not', async () => {
  const replay = trueReplay('BabyAI-GoToLocal-v0', 21);
  const good = fileWith('good.json', JSON.stringify(replay));
  const hashes = replay.hashes.map((hash, index) => (index === 2 ? hash ^ 1 : hash) >>> 0);
  const bad = fileWith('bad.json', JSON.stringify({ ...replay, hashes }));
  const steps = replay.outcome.steps;
  const fine = await run('replay', 'verify', good, '--json');
  expect([fine.code, jsonOf(fine.out)]).toMatchObject([0, { ok: true, steps }]);
  const wrong = await run('replay', 'verify', good, bad, '--json');
  expect(wrong.code).toBe(1);
  expect(jsonOf(wrong.out)).toMatchObject({ ok: false, files: [{ ok: true }, { ok: false }] });
  expect(jsonOf(wrong.out).files[1].difference).toMatch(/the state after step 2/);
  const info = await run('replay', 'info', good, '--json');
  expect(jsonOf(info.out)).toMatchObject({ mission: replay.mission, steps, success: true });
});

test('an episode is played with goals and actions from outside, and written to a file', async () => {
  const file = fileWith('played.json', '');
  const played = await run(
    ...['play', '--level', LEVEL, '--seed', '1000000004', '--actions', '0,1,0'],
    ...['--override', '3:2,2', '--override', '5:3,4:pickup', '--out', file, '--json'],
  );
  expect(played.code).toBe(0);
  const json = jsonOf(played.out);
  expect(json.actions.slice(0, 3)).toEqual([0, 1, 0]);
  expect([json.goals[3], json.goals[5]]).toEqual([
    ['goNextTo', 2, 2],
    ['pickup', 3, 4],
  ]);
  const verdict = await run('replay', 'verify', file, '--json');
  expect(jsonOf(verdict.out)).toMatchObject({ ok: true, steps: json.steps });
});

const LEVEL = 'BabyAI-GoToLocalS8N2-v0';
const REPLAY = fileWith('picture.json', JSON.stringify(trueReplay(LEVEL, 7)));
const WALLED_OFF = 'layout:mission: go to a ball\n## ## ## ## ##\n## A> ## gb ##\n## ## ## ## ##';
test.each([
  [[], /usage:/],
  [['frobnicate'], /unknown command "frobnicate"; accepted: serve, levels/],
  [['replay'], /replay needs one of: verify, info, fork, export/],
  [
    ['replay', 'export', 'x.json', '--out', 'x.avi'],
    /--out is "x.avi"; accepted: a file that ends/,
  ],
  [['bot'], /--level is missing/],
  [
    ['bot', '--level', 'GoToLocall'],
    /--level is "GoToLocall"; accepted: a level id such as .*BabyAI-GoToLocal-v0/,
  ],
  [['bot', '--level', 'mission:go to the kay'], /"kay" does not fit .*accepted there: "red"/],
  [
    ['train', '--level', WALLED_OFF, '--steps', '100'],
    /--level: .*no way to "ball".*--allow-impossible/,
  ],
  [
    ['bot', '--level', LEVEL, '--seed-base', '9007199254740990', '--episodes', '3'],
    /--seed-base is 9007199254740990, and the last of 3 .*accepted: up to 9007199254740989 /,
  ],
  [
    ['evaluate', '--checkpoint', 'default', '--level', LEVEL, '--seed-base', '9007199254740991'],
    /--seed-base is 9007199254740991, .*accepted: up to 9007199254740492 /,
  ],
  [['levels', 'x'], /unexpected "x"/],
  [['levels', '--sort', 'size'], /--sort is "size"; accepted: family, skill, world, difficulty/],
  [['replay', 'info', '/no/such/file'], /no such file/],
  [['replay', 'fork', 'x.json'], /--at is missing/],
  [['play', '--level', LEVEL, '--override', '3:4'], /--override is "3:4"; accepted: STEP:X,Y/],
  [['play', '--level', LEVEL, '--actions', '0,7'], /--actions has "7"; accepted: whole numbers/],
  [
    ['play', '--level', LEVEL, '--checkpoint', 'random', '--depth', '2'],
    /depth has no meaning for the policy "random"/,
  ],
  [['play', '--level', LEVEL, '--until', 'end'], /--until has no effect without --override/],
  [
    ['play', '--level', LEVEL, '--checkpoint', 'expert', '--greedy'],
    /--greedy has no effect with the policy expert/,
  ],
  [['play', '--level', LEVEL, '--greedy', '--chance', '1'], /--chance has no effect with --greedy/],
  [
    ['play', '--level', LEVEL, '--ablate', 'withoutPlanner', '--depth', '3'],
    /--depth has no effect with --ablate withoutPlanner/,
  ],
  [
    ['play', '--level', LEVEL, '--override', '900:1,1'],
    /--override 900:1,1 has no effect: the episode is over after \d+ steps/,
  ],
  [
    [
      ...['evaluate', '--checkpoint', 'default', '--level', LEVEL, '--goals', 'sampled'],
      ...['--ablate', 'withoutPlanner'],
    ],
    /--goals sampled needs the Planner, which --ablate/,
  ],
  [
    ['train', '--level', LEVEL, '--steps', '100', '--allow-impossible'],
    /--allow-impossible has no effect/,
  ],
  [
    ['train', '--level', LEVEL, '--curriculum', WALLED_OFF, '--steps', '100'],
    /--curriculum: .*no way to "ball".*--allow-impossible/,
  ],
  [
    [...['train', '--level', LEVEL, '--steps', '1'], '--set', 'epochs=2,epochs=3'],
    /--set names epochs twice/,
  ],
  [['train', '--level', LEVEL, '--steps', '1', '--set', 'toString=3'], /--set is "toString=3"/],
  [
    ['replay', 'export', REPLAY, '--out', 'x.png', '--fps', '3'],
    /--fps has no effect on a single frame/,
  ],
  [
    ['replay', 'export', REPLAY, '--out', 'x.gif', '--layers', 'none,goal'],
    /--layers is "none,goal"; accepted: none, or some of/,
  ],
  [
    ['bench', 'policies', '--levels', LEVEL, '--seed', '9007199254740991', '--seeds', '2'],
    /--seed is .* the last of 2 seeds is above/,
  ],
  [
    ['bench', 'curves', '--files', 'package.json', '--plot', 'x.svg'],
    /--files: package.json: .*JSON/,
  ],
  [['conformance', '/no/such/folder'], /there is no folder/],
  [['sweep', 'x.json', '--out', 'package.json'], /--out is "package.json": that is no folder/],
  [['sweep', 'x.json', '--out', '/no/such/folder'], /--out is .*: there is no folder \/no\/such/],
  [
    ['dataset', 'export', 'x.json', '--format', 'parquet', '--out', '/no/such/x.parquet'],
    /--out is .*: there is no folder/,
  ],
  [['conformance', folder], /holds no golden data; accepted/],
  [['serve', '--port', '99999'], /--port is "99999"; accepted: a whole number from 0 to 65535/],
  [['serve', '--allow-origin', 'class'], /--allow-origin is "class"; accepted: such as/],
  [['serve', '--token', 'short'], /--token is "short"; accepted: 12 to 200/],
  [
    ['serve', '--base', 'lab'],
    /--base is "lab"; accepted: a path that begins and ends with a slash/,
  ],
])('%j exits with 2 and one line', async (argv, message) => {
  const { code, out, err } = await run(...argv);
  expect(code).toBe(2);
  if (argv.length > 0) {
    expect(err).toMatch(message);
    expect(err.trimEnd().split('\n')).toHaveLength(1);
    expect(out).toBe('');
  }
});

test('recordings of a release of Minigrid that is not matched are refused in one line', async () => {
  const other = path.join(folder, 'other-release');
  mkdirSync(other);
  fileWith('other-release/release.json', '{"minigrid": "3.2.0"}');
  const { code, err } = await run('conformance', other);
  expect([code, err.trimEnd()]).toEqual([
    2,
    'release.json: minigrid is "3.2.0"; accepted: recordings of Minigrid 3.1.0, which the worlds match',
  ]);
});

test('a malformed replay is named by file and field', async () => {
  const replay = trueReplay('BabyAI-GoToLocal-v0', 21);
  const text = fileWith('text.json', 'not json');
  expect(await run('replay', 'info', text)).toMatchObject({
    code: 2,
    err: expect.stringMatching(/text\.json is not JSON/),
  });
  const short = fileWith('short.json', JSON.stringify({ ...replay, actions: [] }));
  const good = fileWith('good.json', `\uFEFF${JSON.stringify(replay)}`);
  // Every file gets its own verdict, whatever is wrong with the others.
  const { code, out } = await run('replay', 'verify', text, folder, short, good, '--json');
  expect(code).toBe(1);
  expect(JSON.parse(out).files).toMatchObject([
    { file: text, ok: false, difference: expect.stringContaining('text.json is not JSON') },
    { file: folder, ok: false, difference: expect.stringContaining('is a folder') },
    { ok: false, difference: expect.stringMatching(/short\.json: replay: actions has 0 entries/) },
    { file: good, ok: true, steps: replay.actions.length },
  ]);
});

test('what play writes is read again, of the largest layout too', async () => {
  const side = 64;
  const row = (inner: string) => `## ${inner} ##`;
  const floor = row(new Array(side - 2).fill('..').join(' '));
  const wall = new Array(side).fill('##').join(' ');
  const first = row(['A>', 'rb', ...new Array(side - 4).fill('..')].join(' '));
  const rows = [wall, first, ...new Array(side - 3).fill(floor), wall].join('\n');
  const file = path.join(folder, 'large.json');
  const level = `layout:mission: go to the red ball\n\n${rows}\n`;
  const played = await run('play', '--checkpoint', 'expert', '--level', level, '--out', file);
  expect(played).toMatchObject({ code: 0 });
  expect(await run('replay', 'verify', file)).toMatchObject({ code: 0 });
});

test('the server says what to do where its port is taken, and leaves its folder free', async () => {
  const blocker = createServer();
  await new Promise<void>((resolve) => blocker.listen(0, '127.0.0.1', resolve));
  const { port } = blocker.address() as AddressInfo;
  const data = path.join(folder, 'data');
  for (let attempt = 0; attempt < 2; attempt++)
    expect(await run('serve', '--port', String(port), '--data', data)).toMatchObject({
      code: 2,
      err: expect.stringMatching(/^Port \d+ on 127\.0\.0\.1 is in use.*--port N\.\n$/),
    });
  blocker.close();
});

test('the server says what to do where its folder cannot be used', async () => {
  const file = fileWith('not-a-folder', '');
  expect(await run('serve', '--port', '0', '--data', file)).toMatchObject({
    code: 2,
    err: expect.stringMatching(/^Cannot use the data folder .*--data DIR\.\n$/),
  });
});

test('an unexpected failure exits with 1 and shows where', async () => {
  const broken: CommandEntry = {
    name: 'broken',
    summary: '',
    load: async () => ({
      command: {
        options: {},
        run() {
          throw new TypeError('not a function');
        },
      },
    }),
  };
  let err = '';
  const code = await runCli(['broken'], [broken], {
    out: () => {},
    err: (text) => void (err += text),
  });
  expect(code).toBe(1);
  expect(err).toMatch(/^not a function\n[\s\S]*main\.test/);
});

test('levels are listed by the steps that the bot needs, and missions are played like levels', async () => {
  const { levels } = jsonOf((await run('levels', '--sort', 'difficulty', '--json')).out) as {
    levels: { difficulty: number }[];
  };
  const lengths = levels.map(({ difficulty }) => difficulty);
  expect(lengths.length).toBeGreaterThanOrEqual(96);
  expect(lengths).toEqual([...lengths].sort((a, b) => a - b));
  const played = await run(
    'bot',
    '--level',
    'mission:go to the red key',
    '--episodes',
    '4',
    '--json',
  );
  expect(jsonOf(played.out)).toMatchObject({ success: 1, episodes: 4 });
});
