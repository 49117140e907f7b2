import { expect, test } from '@jest/globals';
import { Action } from '../shared/constants.ts';
import type { Replay } from '../shared/replay.ts';
import { runBot } from './bot/run.ts';
import { BabyAIEpisode } from './episode.ts';
import { verifyReplay } from './replay.ts';

const LEVEL = 'BabyAI-OpenDoor-v0';
const SOURCE: Replay['source'] = { kind: 'bot', runId: '', policy: 'bot', envSteps: 0 };

test('an episode notes what was achieved in it, and a replay that says otherwise is refused', () => {
  const episode = new BabyAIEpisode(LEVEL, { recording: true });
  episode.begin(5);
  episode.step(Action.left);
  expect(episode.document('d', SOURCE).deeds).toEqual([]);
  episode.begin(5);
  const { actions } = runBot({ levelId: LEVEL, seed: 5 });
  for (const action of actions) episode.step(action);
  const replay = episode.document('d', SOURCE);
  expect(replay.deeds).toEqual(['opens', 'success']);
  expect(verifyReplay(replay)).toMatchObject({ ok: true });
  expect(verifyReplay({ ...replay, deeds: ['success', 'opens'] })).toMatchObject({ ok: true });
  expect(verifyReplay({ ...replay, deeds: undefined })).toMatchObject({ ok: true });
  expect(verifyReplay({ ...replay, deeds: ['unlocks'] })).toMatchObject({
    difference: 'deeds are unlocks, but they came out as opens,success',
  });
  episode.begin(5);
  expect(episode.deeds).toEqual([]);
});
