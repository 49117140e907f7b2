import { workerData } from 'node:worker_threads';
import { createEngine } from '../engine/index.ts';
import { Collective } from '../learning/workers/collective.ts';
import { answerCommands } from '../learning/workers/threadServer.ts';
import { parsePaperConfig } from '../policy/paper/index.ts';
import { evaluatePuzzles } from './evaluate.ts';
import { LabLearner } from './learner.ts';
import type { LabCommands, LabStart } from './protocol.ts';
import { heldOutAfter, type Puzzle, taskNamed } from './tasks/index.ts';
import { think } from './think.ts';

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

/** The puzzles of the last evaluation: making them takes longer than solving them. */
let kept = { key: '', puzzles: [] as Puzzle[] };

function ownHeldOut(skip: number, count: number): Puzzle[] {
  const key = `${skip} ${count}`;
  const { size } = start.memory;
  if (kept.key !== key)
    kept = {
      key,
      puzzles: heldOutAfter(task, skip, count).filter((_, i) => i % size === start.rank),
    };
  return kept.puzzles;
}

let shown: Puzzle[] = [];

/** The held-out puzzles at these places; they are asked for again and again. */
function named(indices: readonly number[]): Puzzle[] {
  const count = Math.max(...indices) + 1;
  if (shown.length < count) shown = heldOutAfter(task, 0, count);
  return indices.map((index) => shown[index]);
}

answerCommands<LabCommands>(
  { engine: engine.name, description: engine.description },
  async ({ command, payload }) => {
    switch (command) {
      case 'train':
        return learner.train(payload.steps);
      case 'evaluate': {
        const { skip, puzzles, segments } = payload;
        const own = ownHeldOut(skip, puzzles);
        return learner.averaged(() => evaluatePuzzles(learner.model, task, own, segments));
      }
      case 'solve': {
        if (start.rank !== 0) return [];
        const { indices, segments } = payload;
        const puzzles = named(indices);
        const thoughts = await learner.averaged(() =>
          think(learner.model, task, puzzles, segments),
        );
        return thoughts.map((list) => list[list.length - 1]);
      }
      case 'record':
        return {
          own: await learner.ownRecord(),
          shared: payload.shared ? learner.sharedRecord() : undefined,
        };
    }
  },
);
