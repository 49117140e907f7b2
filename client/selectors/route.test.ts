import { expect, test } from '@jest/globals';
import { expertReplay } from '../replay/expert.testing.ts';
import { simulate } from '../replay/simulate.ts';
import { impliedPath } from './route.ts';
import { cellAt, isObject } from './world.ts';

const episode = simulate(expertReplay('BabyAI-GoToLocal-v0', 5), { kind: 'expert' });
const frame = episode.frames[episode.frames.length - 1];

test('leads cell by cell from the agent to the target, round what lies in the way', () => {
  for (let x = 1; x < episode.width - 1; x++) {
    for (let y = 1; y < episode.height - 1; y++) {
      const path = impliedPath(episode, frame, { x, y });
      expect(path[0]).toEqual({ x: frame.agentX, y: frame.agentY });
      expect(path.at(-1)).toEqual({ x, y });
      for (let i = 1; i < path.length; i++) {
        const [a, b] = [path[i - 1], path[i]];
        expect(Math.abs(a.x - b.x) + Math.abs(a.y - b.y)).toBe(1);
        const cell = cellAt(frame, episode.width, episode.height, b.x, b.y);
        const known = frame.seen[b.x * episode.height + b.y] === 1;
        if (i < path.length - 1 && cell && known) expect(isObject(cell)).toBe(false);
      }
    }
  }
});

test('there is no way out of the world', () => {
  expect(impliedPath(episode, frame, { x: -1, y: 2 })).toEqual([]);
  expect(impliedPath(episode, frame, { x: 2, y: episode.height })).toEqual([]);
});
