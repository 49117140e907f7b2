import { percent } from '../../shared/percent.ts';
import { readLabFile, writeLabFile } from '../lab/file.ts';
import { MODELS, setupFor } from '../lab/models.ts';
import { LabRun } from '../lab/run.ts';
import { taskNamed } from '../lab/tasks/index.ts';
import { historyOf, stopwatch, trainLab } from '../lab/train.ts';
import { defaultWorkers } from '../learning/workers/group.ts';
import { defineCommand, UsageError } from './command.ts';
import { Interrupts } from './interrupts.ts';
import { KeptWork } from './keptWork.ts';
import { checkFits, LAB_TASK, parseChanges } from './labOptions.ts';
import { COMPUTE_OPTIONS } from './trainingOptions.ts';

export const command = defineCommand({
  options: {
    task: LAB_TASK,
    model: {
      type: 'text',
      help: 'The hierarchical model, the tiny recursive one, or a stack without recursion; hrm unless given.',
      choices: MODELS,
    },
    data: {
      type: 'text',
      help: 'Puzzles to train and evaluate on in place of generated ones: CSV as Sudoku-Extreme and Maze-Hard.',
      placeholder: 'FILE',
      path: 'read',
    },
    steps: { type: 'integer', help: 'Stop after so many steps.', min: 1 },
    until: {
      type: 'number',
      help: 'Stop when this share of held-out puzzles is solved, and as many fresh ones confirm it.',
      min: 0,
      max: 1,
    },
    'max-seconds': { type: 'number', help: 'Stop after so many seconds.', min: 1 },
    puzzles: {
      type: 'integer',
      help: 'Held-out puzzles of each evaluation.',
      default: 500,
      min: 1,
    },
    'eval-every': { type: 'integer', help: 'Steps between evaluations.', default: 200, min: 1 },
    out: {
      type: 'text',
      help: 'Where to save the model.',
      placeholder: 'FILE',
      path: 'written',
      replaces: ['resume'],
      goesOnBy: 'resume',
    },
    'weights-only': {
      type: 'flag',
      help: 'Leave out of the file what only a resumed run needs.',
    },
    resume: {
      type: 'text',
      help: 'Go on with a saved run, as if it had never stopped.',
      placeholder: 'FILE',
      path: 'read',
    },
    workers: COMPUTE_OPTIONS.workers,
    seed: { type: 'integer', help: 'Seed of weights, puzzles and chance; 1 unless given.', min: 0 },
    set: {
      type: 'list',
      help: 'Sizes and recipe, as hidden_size=128,learningRate=1e-3.',
      placeholder: 'NAME=VALUE',
    },
  },
  async run({ options, say }) {
    const { until, steps, out, data, resume } = options;
    if (steps === undefined && until === undefined && options['max-seconds'] === undefined)
      throw new UsageError(
        'nothing says when to stop; accepted: at least one of --steps, --until, --max-seconds',
      );
    if (options['weights-only'] && !out)
      throw new UsageError('--weights-only needs --out, or nothing is saved');
    const task = await taskNamed(options.task, data);
    const { setup, seed, before, workers } = resume
      ? await resumed(resume)
      : {
          setup: setupFor(task, options.model ?? 'hrm', parseChanges(options.set)),
          seed: options.seed ?? 1,
          before: undefined,
          workers: options.workers || defaultWorkers(),
        };
    if (setup.recipe.batch < workers)
      throw new UsageError(
        `--workers is ${workers}; accepted: at most the batch, ${setup.recipe.batch}`,
      );
    const interrupts = new Interrupts(say);
    const earlier = before?.history ?? [];
    try {
      const run = await LabRun.start({
        task: task.id,
        data,
        setup,
        workers,
        seed,
        resume: before?.run,
        start: before?.weights,
      });
      try {
        return await train(run);
      } finally {
        await run.dispose();
      }
    } finally {
      interrupts.dispose();
    }

    async function train(run: LabRun) {
      const history = (result: Parameters<typeof historyOf>[2]) => historyOf(earlier, run, result);
      const time = stopwatch();
      const kept = new KeptWork(
        out,
        async (file) => writeLabFile(file, await run.toFile(history(time()))),
        say,
      );
      say(
        `${task.title}, ${setup.kind}, ${run.parameters} weights, ${workers} workers: ${run.engine.description}`,
      );
      const result = await trainLab(
        run,
        {
          steps,
          until,
          maxSeconds: options['max-seconds'],
          puzzles: options.puzzles,
          evaluateEvery: options['eval-every'],
          stopped: () => interrupts.signal !== undefined,
          between: () => kept.saveWhenDue(),
        },
        ({ steps: at, seconds, loss, trainExact, trainSegments, report, fresh }) => {
          say(
            `step ${at}, ${seconds.toFixed(0)} s: loss ${loss.toFixed(3)}, in training ${percent(trainExact)} solved in ${trainSegments.toFixed(1)} segments; held out ${percent(report.exact)} solved, ${percent(report.cells)} of cells`,
          );
          if (fresh)
            say(
              `${fresh.exact >= (until ?? 0) ? 'confirmed' : 'not confirmed'}: ${percent(fresh.exact)} of ${fresh.puzzles} fresh puzzles`,
            );
        },
      );
      const { last, confirmed, curve } = result;
      const about = {
        task: task.id,
        model: setup.kind,
        parameters: run.parameters,
        steps: run.steps,
        seconds: Math.round(result.seconds * 10) / 10,
        cpuSeconds: Math.round(result.cpuSeconds * 10) / 10,
        ...last,
        ...(confirmed ? { confirmed } : {}),
        curve,
        workers,
        engine: run.engine.engine,
      };
      if (interrupts.signal) {
        const isSaved = await kept.save();
        say(
          isSaved
            ? `Stopped after ${run.steps} steps and saved in ${kept.file}. To go on: lab train --task ${task.id} --resume ${kept.file} --out ${out} and when to stop`
            : `Stopped after ${run.steps} steps; ${out === undefined ? 'nothing is kept, as no --out was given' : 'nothing could be saved'}`,
        );
        return {
          json: {
            ...about,
            interrupted: interrupts.signal,
            ...(isSaved ? { kept: kept.file } : {}),
          },
          exitCode: interrupts.exitCode,
        };
      }
      const file = await run.toFile(history(result));
      const saved =
        out &&
        (await writeLabFile(out, options['weights-only'] ? { ...file, run: undefined } : file));
      await kept.finish();
      return { json: { ...about, ...(saved ? { out, ...saved } : {}) } };
    }

    /** What a saved run goes on with; nothing of it can be changed. */
    async function resumed(path: string) {
      for (const name of ['model', 'seed', 'set'] as const)
        if (options[name] !== undefined)
          throw new UsageError(`--${name} cannot be changed by --resume; accepted: without it`);
      const file = await readLabFile(path);
      checkFits(file, task);
      if (!file.run)
        throw new UsageError(
          `--resume is ${path}, which was saved with --weights-only; accepted: a file with its run`,
        );
      const count = file.run.workers.length;
      if (options.workers !== 0 && options.workers !== count)
        throw new UsageError(
          `--workers is ${options.workers}; accepted: ${count}, which the run began with`,
        );
      const { kind, sizes, config, recipe, seed: began } = file;
      return { setup: { kind, sizes, config, recipe }, seed: began, before: file, workers: count };
    }
  },
});
