import { CheckpointError, type JsonObject, type StoredTensor } from '../policy/checkpoint/index.ts';
import type { PolicyFile } from '../policy/policyFile.ts';
import type { LearnerRecord } from './ppo/learner.ts';
import type { WorkerRecord } from './workers/workerProtocol.ts';

/** All that a run needs beside its weights to go on as if it had never stopped. */
export interface RunState {
  counters: { updates: number; envSteps: number; episodes: number; seconds: number };
  /** Newest finished episodes, oldest first. */
  recent: { success: number[]; return: number[]; length: number[] };
  learner: LearnerRecord;
  reference?: Float32Array;
  workers: WorkerRecord[];
  /** Stages of training before this run. */
  earlier: readonly JsonObject[];
}

type Tensors = Map<string, StoredTensor>;

const f32 = (data: Float32Array): StoredTensor => ({
  dtype: 'F32',
  shape: [data.length],
  data: new Float32Array(data),
});
const i32 = (data: ArrayLike<number>): StoredTensor => ({
  dtype: 'I32',
  shape: [data.length],
  data: Int32Array.from(data),
});

/** A run's state as a checkpoint keeps it: numbers as tensors under `run.`, the rest as JSON. */
export function runTensors(state: RunState): { state: JsonObject; tensors: Tensors } {
  const tensors: Tensors = new Map();
  tensors.set('run.adam.m', f32(state.learner.adamM));
  tensors.set('run.adam.v', f32(state.learner.adamV));
  if (state.reference) tensors.set('run.reference', f32(state.reference));
  for (const [rank, { actor }] of state.workers.entries()) {
    const name = (part: string) => `run.worker${rank}.${part}`;
    tensors.set(name('zH'), f32(actor.zH));
    tensors.set(name('zL'), f32(actor.zL));
    tensors.set(name('previousActions'), i32(actor.previousActions));
    for (const [part, values] of Object.entries(actor.goals))
      tensors.set(name(`goal.${part}`), i32(values as Int32Array));
  }
  const json = {
    counters: state.counters,
    recent: state.recent,
    adamSteps: state.learner.adamSteps,
    earlier: state.earlier,
    workers: state.workers.map(({ actor, random }) => ({
      worlds: actor.worlds,
      random,
      actorRandom: actor.random,
    })),
  };
  return { state: json as unknown as JsonObject, tensors };
}

/** The inverse. Throws a CheckpointError when the file holds no run. */
export function readRunState(file: PolicyFile): RunState {
  const { info, tensors } = file.loaded;
  if (!info.run)
    throw new CheckpointError('run', 'is missing: this file holds a policy, not a run to resume');
  const json = info.run as unknown as {
    counters: RunState['counters'];
    recent: RunState['recent'];
    adamSteps: number;
    earlier: JsonObject[];
    workers: { worlds: WorkerRecord['actor']['worlds']; random: number[]; actorRandom: number[] }[];
  };
  const data = (name: string) => {
    const tensor = tensors.get(name);
    if (!tensor)
      throw new CheckpointError(`tensor "${name}"`, 'is missing: the run cannot be resumed');
    return tensor.data;
  };
  const floats = (name: string) => data(name) as Float32Array;
  const ints = (name: string) => data(name) as Int32Array;
  return {
    counters: json.counters,
    recent: json.recent,
    earlier: json.earlier,
    learner: {
      weights: file.weights,
      adamM: floats('run.adam.m'),
      adamV: floats('run.adam.v'),
      adamSteps: json.adamSteps,
    },
    reference: tensors.has('run.reference') ? floats('run.reference') : undefined,
    workers: json.workers.map(({ worlds, random, actorRandom }, rank) => {
      const name = (part: string) => `run.worker${rank}.${part}`;
      return {
        random,
        actor: {
          worlds,
          random: actorRandom,
          zH: floats(name('zH')),
          zL: floats(name('zL')),
          previousActions: Int8Array.from(ints(name('previousActions'))),
          goals: {
            subgoal: Int8Array.from(ints(name('goal.subgoal'))),
            x: Int16Array.from(ints(name('goal.x'))),
            y: Int16Array.from(ints(name('goal.y'))),
            age: ints(name('goal.age')),
            hit: Uint8Array.from(ints(name('goal.hit'))),
          },
        },
      };
    }),
  };
}
