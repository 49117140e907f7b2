import { createEngine } from '../engine/index.ts';
import { evaluatePuzzles, reportOf } from '../lab/evaluate.ts';
import { readModel } from '../lab/reference.ts';
import { heldOutAfter, taskNamed } from '../lab/tasks/index.ts';
import { countParameters, createPaperModel } from '../policy/paper/index.ts';
import { defineCommand, UsageError } from './command.ts';
import {
  checkFits,
  LAB_TASK,
  parseSizesSet,
  REFERENCE_SET,
  SEGMENTS_OPTION,
} from './labOptions.ts';
import { CHECKPOINT_OPTION } from './trainingOptions.ts';

export const command = defineCommand({
  options: {
    checkpoint: { ...CHECKPOINT_OPTION, required: true },
    task: LAB_TASK,
    data: {
      type: 'text',
      help: 'Puzzles in place of generated ones, of which an eighth is held out.',
      placeholder: 'FILE',
      path: 'read',
    },
    puzzles: { type: 'integer', help: 'Held-out puzzles.', default: 500, min: 1 },
    skip: {
      type: 'integer',
      help: 'Leave out the first so many held-out puzzles, such as those that decided when training stopped.',
      default: 0,
      min: 0,
      max: 20_000,
    },
    set: REFERENCE_SET,
    segments: SEGMENTS_OPTION,
  },
  async run({ options }) {
    const task = await taskNamed(options.task, options.data);
    const file = await readModel(options.checkpoint, task, parseSizesSet(options.set));
    checkFits(file, task);
    const { skip, puzzles: count } = options;
    const puzzles = heldOutAfter(task, skip, count);
    if (puzzles.length === 0)
      throw new UsageError(
        `--skip is ${skip}; accepted: less than ${task.heldOut(skip).length}, the held-out puzzles that ${task.id} has`,
      );
    const engine = await createEngine({ engine: 'wasm' });
    const model = createPaperModel(file.config, file.weights, engine);
    const begun = performance.now();
    const segments = options.segments ?? file.config.haltMaxSteps;
    const sums = await evaluatePuzzles(model, task, puzzles, segments);
    const seconds = (performance.now() - begun) / 1000;
    model.dispose();
    return {
      json: {
        task: task.id,
        model: file.kind,
        parameters: countParameters(file.config),
        trainedOn: file.task,
        skip,
        ...reportOf(sums),
        seconds: Math.round(seconds * 100) / 100,
      },
    };
  },
});
