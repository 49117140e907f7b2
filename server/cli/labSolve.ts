import { existsSync } from 'node:fs';
import { quoted } from '../../shared/text.ts';
import { createEngine } from '../engine/index.ts';
import { shippedModels } from '../lab/file.ts';
import { readModel } from '../lab/reference.ts';
import { type LabTask, type Puzzle, PuzzleError, taskNamed } from '../lab/tasks/index.ts';
import { readPuzzleFile } from '../lab/tasks/textFile.ts';
import { think } from '../lab/think.ts';
import { createPaperModel } from '../policy/paper/index.ts';
import { defineCommand, UsageError } from './command.ts';
import {
  checkFits,
  LAB_TASK,
  parseSizesSet,
  REFERENCE_SET,
  SEGMENTS_OPTION,
} from './labOptions.ts';
import { CHECKPOINT_OPTION } from './trainingOptions.ts';

const MOST_BYTES = 1024 ** 2;

/** What `--puzzle` says: the contents of a file where there is one of that name, else the text itself. */
async function parsePuzzle(task: LabTask, given: string): Promise<Puzzle> {
  // A puzzle may be longer than a file's name can be.
  const isName = given.length <= 1024 && !given.includes('\n');
  if (isName && existsSync(given)) return task.parse(await readPuzzleFile(given, MOST_BYTES));
  try {
    return task.parse(given);
  } catch (error) {
    if (!(error instanceof PuzzleError) || !/[\\/]|\.\w+$/.test(given)) throw error;
    throw new PuzzleError(
      `puzzle: there is no file ${quoted(given)}, and as a puzzle ${error.message.replace(/^puzzle: /, '')}`,
    );
  }
}

export const command = defineCommand({
  options: {
    task: LAB_TASK,
    puzzle: {
      type: 'text',
      help: 'A Sudoku as digits with . for blanks; a maze as rows of # . S G; a task’s name of ARC.',
      placeholder: 'STRING|FILE',
      required: true,
    },
    checkpoint: {
      ...CHECKPOINT_OPTION,
      help: `${CHECKPOINT_OPTION.help} The shipped one for the task unless given.`,
    },
    set: REFERENCE_SET,
    segments: SEGMENTS_OPTION,
  },
  async run({ options }) {
    const task = await taskNamed(options.task);
    const puzzle = await parsePuzzle(task, options.puzzle);
    const shipped = shippedModels();
    if (options.checkpoint === undefined && !shipped.includes(task.id))
      throw new UsageError(
        `--checkpoint is missing, and none is shipped for ${task.id}; accepted: a file of \`lab train --out\`${shipped.length > 0 ? `, or a task with a shipped one: ${shipped.join(', ')}` : ''}`,
      );
    const file = await readModel(options.checkpoint ?? task.id, task, parseSizesSet(options.set));
    checkFits(file, task);
    const engine = await createEngine({ engine: 'wasm' });
    const model = createPaperModel(file.config, file.weights, engine);
    const segments = options.segments ?? file.config.haltMaxSteps;
    const [thoughts] = await think(model, task, [puzzle], segments);
    model.dispose();
    const bySegment = thoughts.map(({ answer, confidence, halt, movedPlanner, movedDoer }, i) => ({
      segment: i + 1,
      answer: task.text(answer),
      valid: task.check(puzzle, answer).valid,
      confidence: Number((confidence.reduce((a, b) => a + b, 0) / confidence.length).toFixed(4)),
      halt: Number(halt.toFixed(3)),
      movedPlanner: Number(movedPlanner.toFixed(4)),
      movedDoer: Number(movedDoer.toFixed(4)),
    }));
    const answer = thoughts[thoughts.length - 1].answer;
    const { valid, why } = task.check(puzzle, answer);
    const solution = task.text(answer);
    return {
      json: { task: task.id, solution, valid, ...(why ? { why } : {}), segments, bySegment },
      text: `${solution}\n${valid ? 'valid' : `wrong: ${why}`} after ${segments} segments`,
    };
  },
});
