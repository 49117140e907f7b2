import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { BabyAIEpisode } from '../../../envs/index.ts';
import type { Replay } from '../../../shared/replay.ts';
import { EpisodePlayer, type PlayTask } from '../../play/play.ts';
import { imitate } from './imitate.ts';

const LEVEL = 'BabyAI-GoToLocalS8N2-v0';
let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'imitate-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** A person with a will of their own: turns right six times, whatever the mission says. */
function stubborn(seed: number): Replay {
  const episode = new BabyAIEpisode(LEVEL, { recording: true });
  episode.begin(seed);
  for (let t = 0; t < 6; t++) episode.step(1);
  return episode.document(`person.${seed}`, { kind: 'person', runId: '', policy: '', envSteps: 0 });
}

test('a few demonstrations make the policy do what was demonstrated, also where it was not', async () => {
  const out = join(folder, 'taught.safetensors');
  const result = await imitate({
    init: 'default',
    demonstrations: [11, 12, 13, 14].map(stubborn),
    out,
    passes: 12,
    learningRate: 0.001,
    seed: 1,
    engine: 'wasm',
  });
  expect(result.steps).toBe(24);
  expect(result.before.likeliest).toBeLessThan(0.7);
  expect(result.after.likeliest).toBeGreaterThan(0.9);
  expect(result.after.probability).toBeGreaterThan(result.before.probability + 0.2);

  const player = new EpisodePlayer('wasm');
  const task = (file: string): PlayTask => ({
    source: { kind: 'checkpoint', file },
    name: 'taught',
    runId: '',
    envSteps: 0,
    levelId: LEVEL,
    seed: 99,
    greedy: true,
    ablation: 'none',
    overrides: [],
    actions: [],
    maxSteps: 6,
  });
  const rights = ({ actions }: Replay) => actions.filter((action) => action === 1).length;
  const untaught = await player.play(task('default'));
  const taught = await player.play(task(out));
  expect(rights(taught)).toBeGreaterThan(rights(untaught));
});

test('nothing to imitate is refused', async () => {
  const options = { init: 'default', out: join(folder, 'x'), passes: 1, learningRate: 0.001 };
  await expect(
    imitate({ ...options, demonstrations: [], seed: 1, engine: 'wasm' }),
  ).rejects.toThrow('demonstrations have no steps');
});
