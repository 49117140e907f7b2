import { expect, test } from '@jest/globals';
import { EVAL_SEED_BASE } from '../shared/constants.ts';
import { parseReplay, REPLAY_FORMAT, REPLAY_VERSION, type Replay } from '../shared/replay.ts';
import { DEFAULT_REWARDS } from '../shared/rewards.ts';
import { runBot } from './bot/index.ts';
import { createEnv } from './env.ts';
import { BabyAIEpisode } from './episode.ts';
import { verifyReplay } from './replay.ts';

/** A true episode, played by the expert. */
function record(levelId: string, seed: number): Replay {
  const run = runBot({ levelId, seed });
  const env = createEnv(levelId, { seed });
  const hashes = [env.stateHash()];
  for (const action of run.actions) {
    env.advance(action);
    hashes.push(env.stateHash());
  }
  return {
    format: REPLAY_FORMAT,
    version: REPLAY_VERSION,
    id: 'bot-1',
    levelId,
    seed,
    mission: run.mission,
    createdAt: 0,
    source: { kind: 'bot', runId: '', policy: '', envSteps: 0 },
    rewardWeights: { ...DEFAULT_REWARDS },
    outcome: {
      success: run.success,
      terminated: run.terminated,
      truncated: run.truncated,
      missionReward: run.reward,
      return: run.reward,
      steps: run.length,
    },
    hashes,
    actions: [...run.actions],
    rewards: { mission: run.actions.map((_, t) => (t === run.length - 1 ? run.reward : 0)) },
  };
}

const level = 'BabyAI-GoToLocal-v0';

test.each([
  level,
  'BabyAI-PutNextLocal-v0',
  'BabyAI-OpenDoor-v0',
  'mission:open the red door after you pick up a key?locked=true',
  'layout:mission: go to the red ball\n\n## ## ## ##\n## A> .. ##\n## .. rb ##\n## ## ## ##\n',
])('a true episode of %s is confirmed, step by step', (levelId) => {
  const replay = record(levelId, EVAL_SEED_BASE + 5);
  expect(verifyReplay(replay)).toEqual({ ok: true, steps: replay.actions.length });
});

test('an episode from before a reward term existed is read, and confirmed', () => {
  const { handled: _, ...rewardWeights } = DEFAULT_REWARDS;
  const read = parseReplay(JSON.parse(JSON.stringify({ ...record(level, 3), rewardWeights })));
  expect(verifyReplay(read)).toMatchObject({ ok: true });
});

const replay = record(level, 3);
const last = replay.actions.length;
test.each<[string, Partial<Replay>, RegExp, number]>([
  ['another seed', { seed: 4 }, /mission is|state after the reset/, 0],
  ['another mission', { mission: 'go to the moon' }, /go to the moon/, 0],
  [
    'another action',
    { actions: replay.actions.map((action, t) => (t === 1 ? (action + 1) % 3 : action)) },
    /the state after step 2/,
    1,
  ],
  [
    'a step after the end',
    { actions: [...replay.actions, 6], hashes: [...replay.hashes, 0] },
    /after the episode's end/,
    last,
  ],
  [
    'a claimed failure',
    { outcome: { ...replay.outcome, success: false } },
    /outcome.success is false, but it came out as true/,
    last,
  ],
  [
    'a better reward',
    { outcome: { ...replay.outcome, missionReward: 1 } },
    /outcome.missionReward is 1/,
    last,
  ],
  [
    'a better return',
    { outcome: { ...replay.outcome, return: replay.outcome.return + 0.1 } },
    /the reward terms add up/,
    last,
  ],
  ['an unknown level', { levelId: 'BabyAI-Nope-v0' }, /BabyAI-Nope-v0/, 0],
])('%s is refused at its first difference', (_name, change, difference, steps) => {
  const verdict = verifyReplay({ ...replay, ...change });
  expect(verdict).toMatchObject({ ok: false, steps });
  expect(verdict.difference).toMatch(difference);
});

test('every reward term of every step is computed again, with the weights that held there', () => {
  const shaped = { ...DEFAULT_REWARDS, exploration: 0.01, progress: 0.02, stepCost: 0.001 };
  const later = { ...shaped, exploration: 0, stepCost: 0.005 };
  const episode = new BabyAIEpisode(level, { rewards: shaped, recording: true });
  episode.begin(3);
  for (const [t, action] of replay.actions.entries()) {
    if (t === 2) episode.setRewards(later);
    episode.step(action);
  }
  const whole = episode.document('bot-1', replay.source);
  expect(whole).toMatchObject({
    rewardWeights: later,
    rewardChanges: [{ until: 2, weights: shaped }],
  });
  expect(verifyReplay(whole)).toEqual({ ok: true, steps: last });
  expect(verifyReplay({ ...whole, rewardChanges: undefined })).toMatchObject({
    difference: expect.stringMatching(/^rewards\.\w+ of step 1 is /),
  });
  // Ten for each step, and a return that adds up.
  const { exploration = new Array(last).fill(0), ...others } = whole.rewards;
  const forged = exploration.map((value) => value + 10);
  expect(
    verifyReplay({
      ...whole,
      rewards: { ...others, exploration: forged },
      outcome: { ...whole.outcome, return: whole.outcome.return + 10 * last },
    }),
  ).toMatchObject({
    ok: false,
    steps: 0,
    difference: expect.stringMatching(/^rewards.exploration of step 1/),
  });
});
