import type { RoomBuilder } from '../builder.ts';
import { cellColor, cellState, cellType, EMPTY_CELL, WALL_CELL } from '../cells.ts';
import { type LevelSpec, worldOf } from '../levels/family.ts';
import { type Mission, missionText } from '../sentence.ts';
import type { EnvState } from '../state.ts';
import { formatLayout, type Layout, type PlacedThing } from './layout.ts';
import { stepLimit, toInstr } from './mission.ts';
import { ImpossibleMissionError, isOpenTask } from './recipe.ts';

/**
 * The layout that an environment shows now, to be changed by hand. Nothing may be carried: what is in
 * the agent's hands has no cell; throws a RangeError.
 */
export function layoutOf(state: EnvState, mission: Mission): Layout {
  if (state.carrying >= 0)
    throw new RangeError('the agent carries something; accepted: empty hands');
  const { width, height } = state;
  const walls: number[] = [];
  const things: PlacedThing[] = [];
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++) {
      const code = state.codeAt(x, y);
      if (code === WALL_CELL) walls.push(y * width + x);
      else if (code !== EMPTY_CELL) {
        const inside = state.objectContains[state.objectAt(x, y)];
        const holds =
          inside < 0 ? null : { type: state.objectType[inside], color: state.objectColor[inside] };
        const [type, color] = [cellType(code), cellColor(code)];
        things.push({ x, y, type, color, doorState: cellState(code), holds });
      }
    }
  return {
    mission,
    width,
    height,
    cols: (width - 1) / (state.roomWidth - 1),
    rows: (height - 1) / (state.roomHeight - 1),
    maxSteps: state.maxSteps,
    agent: { x: state.agentX, y: state.agentY, dir: state.agentDir },
    walls,
    things,
  };
}

/**
 * A level that always starts as laid out, whatever the seed. Throws an ImpossibleMissionError where
 * its put-next is one that Minigrid would never pose (done already, or with both sides the same thing).
 */
export function layoutLevel(layout: Layout): LevelSpec {
  const { width, height, cols, rows } = layout;
  const sentence = missionText(layout.mission);
  const roomSize = (width - 1) / cols + 1;
  const roomHeight = (height - 1) / rows + 1;
  return {
    id: `layout:${formatLayout(layout)}`,
    family: 'Layout',
    kwargs: { mission: sentence },
    title: sentence,
    description: `Laid out by hand for the mission “${sentence}”.`,
    skill: 'synthesis',
    world: worldOf(rows, cols),
    shape: { roomSize, rows, cols, roomHeight },
    width,
    height,
    maxSteps: stepLimit(layout.mission, width * height, layout.maxSteps),
    unblocking: false,
    build: (builder) => place(layout, builder),
  };
}

function place(layout: Layout, { state }: RoomBuilder) {
  for (let y = 0; y < layout.height; y++)
    for (let x = 0; x < layout.width; x++) state.clearCell(state.index(x, y));
  for (const wall of layout.walls) {
    const at = state.index(wall % layout.width, Math.floor(wall / layout.width));
    state.codes[at] = WALL_CELL;
  }
  for (const thing of layout.things) {
    const { holds } = thing;
    const inside = holds === null ? -1 : state.addObject(holds.type, holds.color);
    const id = state.addObject(thing.type, thing.color, inside);
    state.putObject(id, thing.x, thing.y, thing.doorState);
  }
  state.setAgent(layout.agent.x, layout.agent.y, layout.agent.dir);
  const instr = toInstr(layout.mission);
  if (!isOpenTask(instr, { state }))
    throw new ImpossibleMissionError(
      'what has to be put next to something is there already, or fits both descriptions',
    );
  return instr;
}
