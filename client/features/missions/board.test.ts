import { describe, expect, test } from '@jest/globals';
import { createEnv } from '../../../envs/index.ts';
import { resolveLevel, solvability } from '../../../envs/language/index.ts';
import { DoorState, ObjectType } from '../../../shared/constants.ts';
import { MAX_LEVEL_ID_LENGTH } from '../../../shared/replay.ts';
import {
  boardCell,
  boardOf,
  boardPicture,
  boardText,
  emptyBoard,
  MAX_BOARD_SIDE,
  place,
  resize,
} from './board.ts';

const ball = { kind: 'thing', type: ObjectType.ball, color: 0, doorState: 0, holds: null } as const;
const levelOf = (board: Parameters<typeof boardText>[0], sentence: string) =>
  resolveLevel(`layout:${boardText(board, sentence)}`);

describe('a board', () => {
  test('makes the world that was laid out, which the expert solves', () => {
    let board = place(emptyBoard(6, 5), 3, 2, ball);
    board = place(board, 2, 1, { kind: 'wall' });
    board = place(board, 1, 3, { kind: 'agent', dir: 3 });
    const level = levelOf(board, 'go to the red ball');
    const { state } = createEnv(level, { seed: 7 });
    expect([state.agentX, state.agentY, state.agentDir]).toEqual([1, 3, 3]);
    expect(state.objectAt(3, 2)).toBeGreaterThanOrEqual(0);
    expect(solvability(level).success).toBe(1);
    expect(boardCell(board, 3, 2)).toEqual({ type: ObjectType.ball, color: 0, state: 0 });
    expect(boardCell(board, 2, 1).type).toBe(ObjectType.wall);
    expect(boardCell(board, 2, 2).type).toBe(ObjectType.empty);
  });

  test('keeps its border, and the cell under the agent', () => {
    const board = emptyBoard(5, 5);
    expect(place(board, 0, 2, { kind: 'floor' })).toBe(board);
    expect(place(board, 4, 4, ball)).toBe(board);
    expect(place(board, 1, 1, { kind: 'wall' })).toBe(board);
  });

  test('holds one thing a cell', () => {
    const key = { ...ball, type: ObjectType.key, color: 4 };
    const twice = place(place(emptyBoard(5, 5), 2, 2, ball), 2, 2, key);
    expect(twice.things).toHaveLength(1);
    expect(place(twice, 2, 2, { kind: 'floor' }).things).toEqual([]);
    expect(place(twice, 2, 2, { kind: 'agent', dir: 0 })).toMatchObject({
      things: [],
      agent: { x: 2, y: 2 },
    });
    expect(place(twice, 2, 2, { kind: 'wall' }).things).toEqual([]);
  });

  test('in another size keeps what still fits', () => {
    let board = place(emptyBoard(8, 8), 2, 2, ball);
    board = place(board, 6, 6, ball);
    board = place(board, 3, 3, { kind: 'wall' });
    const smaller = resize(board, 5, 5);
    expect(smaller.things.map(({ x, y }) => [x, y])).toEqual([[2, 2]]);
    expect(smaller.walls).toHaveLength(16 + 1);
    const back = resize(smaller, 8, 8);
    expect(back.walls).toHaveLength(28 + 1);
    expect(() => levelOf(back, 'go to a red ball')).not.toThrow();
    expect(resize(place(board, 6, 6, { kind: 'agent', dir: 1 }), 4, 4).agent).toMatchObject({
      x: 2,
      y: 2,
    });
  });

  test('starts from any level’s world, and largest ones fit into a level’s name', () => {
    for (const levelId of ['BabyAI-BossLevel-v0', 'BabyAI-KeyInBox-v0', 'BabyAI-GoToLocal-v0']) {
      const { board, sentence } = boardOf(levelId, 5);
      const level = levelOf(board, sentence);
      expect(level.id.length).toBeLessThanOrEqual(MAX_LEVEL_ID_LENGTH);
      const [before, after] = [createEnv(levelId, { seed: 5 }), createEnv(level, { seed: 0 })];
      expect(after.state.gridBytes()).toEqual(before.state.gridBytes());
      expect(after.state.mission).toBe(sentence);
    }
    const largest = emptyBoard(MAX_BOARD_SIDE, MAX_BOARD_SIDE);
    const long =
      'put the yellow ball next to the purple box on your left after you open the grey door';
    expect(
      levelOf(place(largest, 2, 2, { ...ball, doorState: DoorState.open }), long).id.length,
    ).toBeLessThanOrEqual(MAX_LEVEL_ID_LENGTH);
  });

  test('is drawn as a picture', () => {
    const picture = decodeURIComponent(boardPicture(place(emptyBoard(5, 5), 2, 2, ball)));
    expect(picture).toMatch(/^data:image\/svg\+xml,<svg .*class="ball".*<\/svg>$/);
  });
});
