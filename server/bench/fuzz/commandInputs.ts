import { DEFAULT_SETTINGS } from '../../../shared/config.ts';
import { COMMANDS, type CommandName } from '../../../shared/protocol.ts';
import type { Replay } from '../../../shared/replay.ts';
import { DEFAULT_REWARDS } from '../../../shared/rewards.ts';
import { anyValue, type Draw, deepValue, hugeValue, mutated } from './values.ts';

/** What the server holds, so that some inputs refer to things that exist. */
export interface Known {
  runIds: readonly string[];
  recordingIds: readonly string[];
  levelIds: readonly string[];
  replay: Replay;
}

export interface CommandInput {
  event: string;
  args: unknown[];
  /** Without an acknowledgement the server cannot report an error. */
  acknowledged: boolean;
}

const NAMES = Object.keys(COMMANDS) as CommandName[];
const ODD_EVENTS = [
  '',
  'constructor',
  'toString',
  '__proto__',
  'run',
  'run:',
  ':list',
  'RUN:LIST',
  'run:list ',
  'run:delete',
  'run:state',
  'episode:new',
  'message',
  'newListener',
];

/** A valid payload: accepted, or refused because of what it refers to. */
function sensiblePayload(draw: Draw, name: CommandName, known: Known): unknown {
  const runId = draw.chance(0.8) ? draw.of(known.runIds) : 'run-000000';
  const recordingId =
    known.recordingIds.length > 0 && draw.chance(0.7) ? draw.of(known.recordingIds) : 'rec-0';
  const levelId = draw.of(known.levelIds);
  switch (name) {
    case 'level:list':
    case 'run:list':
    case 'recording:list':
      return {};
    case 'mission:check':
      return draw.of([{ sentence: 'go to the' }, { layout: '## ##' }, { sentence: 'fly away' }]);
    case 'mission:complete':
      return { prefix: draw.of(['', 'go', 'go to the ', 'pick up the red ', 'put']) };
    case 'run:create':
      return { levelId, seed: draw.index(9), init: draw.of(['scratch', 'nope', runId]) };
    case 'run:settings': {
      const id = draw.of(Object.keys(DEFAULT_SETTINGS)) as keyof typeof DEFAULT_SETTINGS;
      return { runId, settings: { [id]: DEFAULT_SETTINGS[id] } };
    }
    case 'run:rewards': {
      const id = draw.of(Object.keys(DEFAULT_REWARDS)) as keyof typeof DEFAULT_REWARDS;
      return { runId, rewards: { [id]: DEFAULT_REWARDS[id] } };
    }
    case 'episode:play':
      return {
        policy: draw.of(['expert', 'random', runId, 'nobody']),
        levelId,
        seed: draw.index(1000),
        maxSteps: 1 + draw.index(20),
        actions: Array.from({ length: draw.index(5) }, () => draw.index(7)),
        overrides: [{ step: 0, x: draw.index(9), y: draw.index(9) }],
      };
    case 'lab:open':
    case 'lab:close':
    case 'lab:stop':
      return {};
    case 'lab:puzzle':
      return draw.of([
        { task: 'sudoku4', index: draw.index(9) },
        { task: 'sudoku4', text: '1'.repeat(draw.index(20)) },
        { task: 'maze9', text: '#'.repeat(81) },
      ]);
    case 'lab:think':
      return {
        model: draw.of(['sudoku4', 'nobody']),
        puzzle: draw.of(['....3..1.32.....', '................', 'S']),
        segments: 1 + draw.index(9),
        edits: [{ segment: 1, cell: draw.index(20), sign: draw.of(['1', '.', '9']) }],
      };
    case 'lab:oneBlank':
      return { model: draw.of(['sudoku4', 'nobody']) };
    case 'lab:train':
      // An id that does not exist: the fuzz must not pause the run that it watches.
      return { task: 'sudoku4', seed: -1 };
    case 'recording:save':
      return { runId, episodeId: `${runId}-${draw.index(100)}` };
    case 'recording:import':
      return { replay: known.replay };
    case 'recording:get':
    case 'recording:delete':
      return { recordingId };
    default:
      return { runId };
  }
}

/** One message to the server's socket: valid, almost valid, or arbitrary. */
export function commandInput(draw: Draw, known: Known): CommandInput {
  const name = draw.of(NAMES);
  const kind = draw.index(20);
  const event = kind === 0 ? draw.of(ODD_EVENTS) : kind === 1 ? draw.text(80) : name;
  return {
    event,
    args: argumentsFor(draw, name, known),
    acknowledged: !draw.chance(0.02),
  };
}

function argumentsFor(draw: Draw, name: CommandName, known: Known): unknown[] {
  const kind = draw.index(24);
  if (kind === 0) return [];
  if (kind === 1) return [sensiblePayload(draw, name, known), anyValue(draw)];
  if (kind === 2) return [deepValue(draw)];
  if (kind === 3) return [hugeValue(draw)];
  if (kind === 4) return [draw.bytes(200)];
  if (kind < 9) return [anyValue(draw)];
  const sensible = sensiblePayload(draw, name, known);
  if (kind < 12) return [sensible];
  let value = mutated(draw, sensible);
  while (draw.chance(0.3)) value = mutated(draw, value);
  return [value];
}
