import { workerData } from 'node:worker_threads';
import { createEngine } from '../engine/index.ts';
import { Collective } from '../learning/workers/collective.ts';
import { answerCommands } from '../learning/workers/threadServer.ts';
import { parsePaperConfig } from '../policy/paper/index.ts';
import { evaluatePuzzles } from './evaluate.ts';
import { LabLearner } from './learner.ts';
import type { LabCommands, LabStart } from './protocol.ts';
import { taskNamed } from './tasks/index.ts';

const start = workerData as LabStart;
const engine = await createEngine({ engine: 'wasm' });
const task = await taskNamed(start.task, start.data);
const learner = new LabLearner(
  engine,
  task,
  parsePaperConfig(start.kind, start.sizes),
  start.weights,
  start.recipe,
  start.seed,
  new Collective(start.memory, start.rank),
);
if (start.resume) learner.restore(start.resume.shared, start.resume.own);

answerCommands<LabCommands>(
  { engine: engine.name, description: engine.description },
  async ({ command, payload }) => {
    switch (command) {
      case 'train':
        return learner.train(payload.steps);
      case 'evaluate': {
        const { size } = start.memory;
        const own = task.heldOut(payload.puzzles).filter((_, i) => i % size === start.rank);
        return learner.averaged(() => evaluatePuzzles(learner.model, task, own, payload.segments));
      }
      case 'record':
        return {
          own: await learner.ownRecord(),
          shared: payload.shared ? learner.sharedRecord() : undefined,
        };
    }
  },
);
