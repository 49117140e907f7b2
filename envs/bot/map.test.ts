import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { DIRECTION_VECTORS, NUM_ACTIONS, ObjectType, VIEW_SIZE } from '../../shared/constants.ts';
import { holds } from '../../shared/properties.testing.ts';
import { cellState, cellType } from '../cells.ts';
import { createEnv, type EnvState, viewToWorldX, viewToWorldY, visibilityMask } from '../index.ts';
import { BotMap } from './map.ts';

/** Steps to every cell the plain way; through things that can be lifted, if asked. */
function plainDistances(state: EnvState, seen: (x: number, y: number) => boolean, lift: boolean) {
  const distance = new Map<string, number>();
  let rim: [number, number][] = [[state.agentX, state.agentY]];
  distance.set(`${state.agentX},${state.agentY}`, 0);
  for (let steps = 1; rim.length > 0; steps++) {
    const next: [number, number][] = [];
    for (const [x, y] of rim) {
      const code = state.codeAt(x, y);
      const type = cellType(code);
      const passable =
        type === ObjectType.empty ||
        (type === ObjectType.door && cellState(code) === 0) ||
        (lift && [ObjectType.key, ObjectType.ball, ObjectType.box].includes(type as 5 | 6 | 7));
      if (!seen(x, y) || !passable) continue;
      for (const [dx, dy] of DIRECTION_VECTORS) {
        const key = `${x + dx},${y + dy}`;
        if (distance.has(key)) continue;
        distance.set(key, steps);
        next.push([x + dx, y + dy]);
      }
    }
    rim = next;
  }
  return distance;
}

const walks = fc.record({
  id: fc.constantFrom('BabyAI-GoToLocal-v0', 'BabyAI-BossLevel-v0', 'BabyAI-MoveTwoAcrossS5N2-v0'),
  seed: fc.nat({ max: 100_000 }),
  actions: fc.array(fc.nat({ max: NUM_ACTIONS - 1 }), { maxLength: 60 }),
});

test('what is seen is the union of all views, and distances are those of a plain search', () => {
  holds(
    fc.property(walks, ({ id, seed, actions }) => {
      const env = createEnv(id, { seed });
      const { state } = env;
      const map = new BotMap();
      map.reset(state);
      const seen = new Set<string>();
      for (const action of [...actions, 6]) {
        map.look();
        const mask = visibilityMask(state);
        for (let vx = 0; vx < VIEW_SIZE; vx++)
          for (let vy = 0; vy < VIEW_SIZE; vy++)
            if (mask[vx * VIEW_SIZE + vy])
              seen.add(`${viewToWorldX(state, vx, vy)},${viewToWorldY(state, vx, vy)}`);
        env.advance(action);
      }
      map.look();
      const free = plainDistances(state, (x, y) => map.seen[state.index(x, y)] === 1, false);
      const lifting = plainDistances(state, (x, y) => map.seen[state.index(x, y)] === 1, true);
      const wrong: string[] = [];
      for (let x = 0; x < state.width; x++)
        for (let y = 0; y < state.height; y++) {
          const cell = state.index(x, y);
          const key = `${x},${y}`;
          if ((map.seen[cell] === 1) !== seen.has(key)) wrong.push(`${key} seen`);
          if (map.distanceTo(cell, false) !== (free.get(key) ?? -1)) wrong.push(`${key} free`);
          // With blockers the way goes free as far as it can: never shorter than the shortest.
          const through = map.distanceTo(cell, true);
          const shortest = free.get(key) ?? lifting.get(key) ?? -1;
          const isRight =
            free.has(key) || shortest < 0 ? through === shortest : through >= shortest;
          if (!isRight) wrong.push(`${key} through blockers`);
        }
      expect(wrong).toEqual([]);
    }),
    { runs: 60 },
  );
});

test('something is laid down on a free, seen cell that is not where the agent stands', () => {
  holds(
    fc.property(walks, ({ id, seed, actions }) => {
      const env = createEnv(id, { seed });
      const { state } = env;
      const map = new BotMap();
      map.reset(state);
      for (const action of actions) {
        map.look();
        env.advance(action);
      }
      map.look();
      const cell = map.dropCell();
      const other = map.dropCell(cell);
      for (const drop of [cell, other]) {
        if (drop < 0) continue;
        expect(cellType(state.codes[drop])).toBe(ObjectType.empty);
        expect(map.seen[drop]).toBe(1);
        expect(drop).not.toBe(state.agentIndex);
      }
      if (cell >= 0) expect(other).not.toBe(cell);
    }),
    { runs: 60 },
  );
});
