import type { LabPuzzle } from '../../shared/lab.ts';
import { type LabState, solvedFrom, stopsAt, thoughtsOf } from './state.ts';

const plural = (count: number, one: string) => `${count} ${one}${count === 1 ? '' : 's'}`;

/** What kind of puzzle it is, and where it is from. */
export function whereFrom({ puzzle, note, answer }: LabState): string {
  if (!puzzle) return '';
  const isMaze = puzzle.task.startsWith('maze');
  const size = isMaze
    ? `shortest way ${puzzle.size} steps`
    : `${plural(puzzle.size, 'blank cell')}${puzzle.guesses > 0 ? `, ${plural(puzzle.guesses, 'guess').replace('guesss', 'guesses')} for a search` : ''}`;
  const problem = answer?.puzzle.problem;
  return `${size[0]?.toUpperCase()}${size.slice(1)}. ${problem ? `As it was changed, it ${problem}. ` : ''}${note}`;
}

/** What is wrong with an answer: blanks, and given cells that the model would change. */
export function wrongWords({ cells }: Pick<LabPuzzle, 'cells'>, wrong: readonly number[]): string {
  const given = wrong.filter((cell) => cells[cell] !== '.').length;
  const asked = wrong.length - given;
  const changed = `${plural(given, 'given cell')} changed`;
  if (given === 0) return `${plural(asked, 'cell')} wrong`;
  return asked === 0 ? changed : `${plural(asked, 'cell')} wrong, ${changed}`;
}

/** The answer on the board, in one line. */
export function verdictOf(state: LabState): string {
  const { at, isThinking } = state;
  const thoughts = thoughtsOf(state);
  if (thoughts.length === 0) return isThinking ? 'Thinking…' : '';
  const thought = thoughts[at - 1];
  const from = solvedFrom(thoughts);
  if (!thought)
    return from === undefined ? 'Not solved in the end' : `Solved from segment ${from} on`;
  if (thought.valid) return from === at ? 'Solved here' : 'Solved';
  return state.answer ? wrongWords(state.answer.puzzle, thought.wrong) : '';
}

/** What the halting head says, in words. */
export function explainHalt(state: LabState): string {
  const thoughts = thoughtsOf(state);
  const thought = thoughts[state.at - 1];
  if (!thought) {
    const stop = stopsAt(thoughts);
    return stop === undefined ? '' : `would stop at ${stop}`;
  }
  const right = thought.halt > 0 === thought.valid;
  return `${thought.halt > 0 ? 'stop' : 'go on'} (${thought.halt.toFixed(1)})${right ? '' : ', mistaken'}`;
}
