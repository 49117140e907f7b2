import { setImmediate as breathe } from 'node:timers/promises';
import { createEnv, type LevelSpec } from '../../../envs/index.ts';
import {
  completions,
  ImpossibleMissionError,
  impossible,
  LayoutError,
  MissionError,
  resolveLevel,
  type Solvability,
  trySolving,
} from '../../../envs/language/index.ts';
import type { MissionCheck, MissionCompletion } from '../../../shared/protocol.ts';
import { MAX_LEVEL_ID_LENGTH } from '../../../shared/replay.ts';
import { RequestError } from '../../../shared/requestError.ts';
import type { MadeLevels } from '../task.ts';

/** No more of the server's time than this goes into proving one mission, in milliseconds. */
const PATIENCE = 1500;

/** Missions and layouts in BabyAI's language. */
export const babyaiMissions: MadeLevels = {
  owns: (levelId) => /^(mission|layout):/i.test(levelId.trim()),
  forms: 'mission:SENTENCE, or layout: and a layout',
  complete(prefix) {
    const known = completions(prefix);
    return known.length > 0 ? known : meant(prefix);
  },
  prove: proveMission,
};

/** Words that people use, and what the missions say instead. */
const OTHER_WORDS: readonly (readonly [word: RegExp, said: string])[] = [
  [/\b(?:get|take|fetch|grab|collect|lift|pick)(?: up)?(?= |$)/gi, 'pick up'],
  [/\b(?:walk|move|run|come|travel)(?: to)?(?= |$)/gi, 'go to'],
  [/\b(?:find|reach|visit|face)(?= |$)/gi, 'go to'],
  [/\b(?:unlock)(?= |$)/gi, 'open'],
  [/\b(?:place|bring|drop|lay)(?= |$)/gi, 'put'],
  [/\b(?:square|crate|chest)(?= |$)/gi, 'box'],
  [/\b(?:circle|sphere)(?= |$)/gi, 'ball'],
];

/** The sentence in the missions' own words, where it is one then, or can become one. */
function meant(prefix: string): MissionCompletion[] {
  let full = prefix;
  const said = new Set<string>();
  for (const [word, instead] of OTHER_WORDS)
    full = full.replace(word, (found) => {
      if (found.toLowerCase() !== instead) said.add(instead);
      return instead;
    });
  if (said.size === 0) return [];
  const goesOn = completions(full).length > 0 || completions(`${full} `).length > 0;
  return goesOn ? [{ text: [...said].join(', '), full: full.trimEnd() }] : [];
}

/** The bot tries it an episode at a time, with pauses in between. */
async function proveMission(
  text: string,
  field: string,
  allowImpossible: boolean,
  sent: string,
): Promise<MissionCheck> {
  const level = readLevel(text, field, sent);
  const { id: levelId, width, height } = level;
  if (levelId.length > MAX_LEVEL_ID_LENGTH)
    throw new RequestError(
      'bad-request',
      `${field} makes a level id of ${levelId.length} characters; accepted: at most ${MAX_LEVEL_ID_LENGTH}`,
      field,
    );
  const { success, meanLength, reasons } = await prove(level, field, allowImpossible);
  // The world says which articles the sentence has.
  const { mission, maxSteps } = createEnv(level, { seed: 0 }).state;
  return {
    ok: success > 0,
    levelId,
    mission,
    expectedLength: success > 0 ? meanLength : null,
    success,
    reasons: [...reasons],
    maxSteps,
    width,
    height,
  };
}

function readLevel(text: string, field: string, sent: string): LevelSpec {
  try {
    return resolveLevel(text);
  } catch (error) {
    throw asRequestError(error, field, sent);
  }
}

async function prove(level: LevelSpec, field: string, allowImpossible: boolean) {
  const trying = trySolving(level);
  const start = performance.now();
  let result: Solvability;
  for (;;) {
    const { done, value } = trying.next();
    result = value;
    if (done || performance.now() - start > PATIENCE) break;
    await breathe();
  }
  // Without a single layout there is nothing that could be allowed.
  if (result.episodes === 0 || (result.success === 0 && !allowImpossible))
    throw asRequestError(impossible(level, result), field);
  return result;
}

/** Errors of the sender's making as such; others as they are. */
function asRequestError(error: unknown, field: string, sent = ''): unknown {
  if (error instanceof MissionError) {
    const { word: text, expected } = error;
    const at = sentenceStart(sent);
    return new RequestError('bad-request', error.message, {
      reason: 'unreadable',
      field,
      word: { text, start: error.start + at, end: error.end + at },
      expected: [...expected],
    });
  }
  if (error instanceof ImpossibleMissionError)
    return new RequestError('bad-request', error.message, { reason: 'impossible', field });
  if (error instanceof LayoutError || error instanceof RangeError)
    return new RequestError('bad-request', error.message, { reason: 'bad-value', field });
  return error;
}

/** Where in the text sent the sentence begins: after `mission:`, or after a layout's line of that name. */
function sentenceStart(sent: string): number {
  const prefix = /^\s*mission:/i.exec(sent);
  if (prefix !== null && !sent.includes('\n')) return prefix[0].length;
  const line = /(?:^|\n|^\s*layout:)[ \t]*mission *: */i.exec(sent);
  return line === null ? 0 : line.index + line[0].length;
}
