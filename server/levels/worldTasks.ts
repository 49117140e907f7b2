import type { MissionCheck } from '../../shared/protocol.ts';
import type { Replay } from '../../shared/replay.ts';
import { RequestError } from '../../shared/requestError.ts';
import type { FromAsked } from '../processes/asked.ts';
import { taskOf, verifyReplay } from '../tasks/index.ts';
import { checkMadeLevel, isMadeByHand } from './missions.ts';

/** What can be asked of worlds: work that may take long, so it is not done where others are served. */
export type WorldTask =
  /** A small picture of a level as its seed 0 draws it. */
  | { kind: 'draw'; levelId: string }
  /** Lets the bot try a mission or a layout; `field` is the one that an error names, `sent` what was sent in it. */
  | { kind: 'prove'; text: string; field: string; allowImpossible: boolean; sent: string }
  /** Plays a recording again. */
  | { kind: 'verify'; replay: Replay };

export interface WorldAnswers {
  draw: string;
  prove: MissionCheck;
  verify: { ok: boolean; difference?: string };
}
export type WorldAnswer = WorldAnswers[WorldTask['kind']];

export type ToWorlds = { type: 'task'; task: WorldTask };
export type FromWorlds = FromAsked<WorldAnswer>;

/** Does one task; failures that are the sender's doing are answers too, others are thrown. */
export async function doWorldTask(task: WorldTask): Promise<FromWorlds> {
  try {
    return { type: 'done', answer: await answerTo(task) };
  } catch (error) {
    if (error instanceof RequestError) return { type: 'refused', error: error.toWire() };
    throw error;
  }
}

async function answerTo(task: WorldTask): Promise<WorldAnswer> {
  switch (task.kind) {
    case 'draw':
      return draw(task.levelId);
    case 'prove': {
      const { text, field, allowImpossible, sent } = task;
      return checkMadeLevel(text, field, allowImpossible, sent);
    }
    case 'verify':
      return verifyReplay(task.replay);
  }
}

function draw(levelId: string): string {
  try {
    return taskOf(levelId).draw(levelId);
  } catch (error) {
    const code = isMadeByHand(levelId) ? 'bad-request' : 'not-found';
    throw new RequestError(code, (error as Error).message, 'levelId');
  }
}
