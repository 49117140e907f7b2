import { createEngine } from '../engine/index.ts';
import { evaluatePuzzles, reportOf } from '../lab/evaluate.ts';
import { readLabFile } from '../lab/file.ts';
import { taskNamed } from '../lab/tasks/index.ts';
import { countParameters, createPaperModel } from '../policy/paper/index.ts';
import { defineCommand } from './command.ts';
import { checkFits, LAB_TASK } from './labOptions.ts';
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
    segments: {
      type: 'integer',
      help: 'Segments to think for; as many as in training unless given.',
      min: 1,
      max: 1024,
    },
  },
  async run({ options }) {
    const task = await taskNamed(options.task, options.data);
    const file = await readLabFile(options.checkpoint);
    checkFits(file, task);
    const engine = await createEngine({ engine: 'wasm' });
    const model = createPaperModel(file.config, file.weights, engine);
    const begun = performance.now();
    const segments = options.segments ?? file.config.haltMaxSteps;
    const sums = await evaluatePuzzles(model, task, task.heldOut(options.puzzles), segments);
    const seconds = (performance.now() - begun) / 1000;
    model.dispose();
    return {
      json: {
        task: task.id,
        model: file.kind,
        parameters: countParameters(file.config),
        trainedOn: file.task,
        ...reportOf(sums),
        seconds: Math.round(seconds * 100) / 100,
      },
    };
  },
});
