import { expect, test } from '@jest/globals';
import { expertReplay } from './expert.testing.ts';
import { ExpertGuide, expertRoute } from './expertRoute.ts';
import { simulate } from './simulate.ts';

test('from any step of its own episode the expert goes the way that it went', () => {
  const replay = expertReplay('BabyAI-GoToObjMazeS4R2-v0', 3);
  const { frames } = simulate(replay, { kind: 'expert' });
  for (const step of [0, 5, replay.outcome.steps - 1]) {
    const walked: string[] = [];
    for (const { agentX, agentY } of frames.slice(step)) {
      const place = `${agentX} ${agentY}`;
      if (walked.at(-1) !== place) walked.push(place);
    }
    expect(expertRoute(replay, step).map(({ x, y }) => `${x} ${y}`)).toEqual(walked);
  }
});

test('marks where it handles things', () => {
  const replay = expertReplay('BabyAI-PutNextLocal-v0', 4);
  expect(expertRoute(replay, 0).filter(({ acts }) => acts).length).toBeGreaterThan(0);
});

test('a guide looks again only when the step is another and it has rested', () => {
  const replay = expertReplay('BabyAI-GoToLocal-v0', 5);
  const guide = new ExpertGuide();
  const first = guide.from(replay, 0, 0);
  expect(guide.from(replay, 0, 1e6)).toBe(first);
  expect(guide.from(replay, 1, 1)).toBe(first);
  expect(guide.from(replay, 1, 1e6)).not.toBe(first);
});
