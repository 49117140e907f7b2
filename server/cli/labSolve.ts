import { readFile, stat } from 'node:fs/promises';
import { createEngine } from '../engine/index.ts';
import { shippedModels } from '../lab/file.ts';
import { readModel } from '../lab/reference.ts';
import { taskNamed } from '../lab/tasks/index.ts';
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
async function puzzleText(given: string): Promise<string> {
  // A puzzle may be longer than a file's name can be.
  if (given.length > 1024 || given.includes('\n')) return given;
  const found = await stat(given).catch(() => null);
  if (!found?.isFile()) return given;
  if (found.size > MOST_BYTES)
    throw new UsageError(
      `--puzzle is a file of ${found.size} bytes; accepted: at most ${MOST_BYTES}`,
    );
  return readFile(given, 'utf8');
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
    const puzzle = task.parse(await puzzleText(options.puzzle));
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
