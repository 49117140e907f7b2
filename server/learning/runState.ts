import { recordOf } from '../../shared/records.ts';
import type { SeatRecord } from '../play/seat.ts';
import { CheckpointError, type JsonObject, type StoredTensor } from '../policy/checkpoint/index.ts';
import type { PolicyFile } from '../policy/policyFile.ts';
import type { Mode } from './ppo/lossWeights.ts';
import type { LearnerRecord } from './ppo/trainedWeights.ts';
import type { ActorRecord } from './rollout/actor.ts';
import type { WorkerRecord } from './workers/workerProtocol.ts';

/** Everything besides the weights that a run needs to go on as if it had never stopped. */
export interface RunState {
  counters: { updates: number; envSteps: number; episodes: number; seconds: number };
  /** How the run learns now, and for how many updates it has; absent in runs of earlier versions, which never changed it. */
  sofar?: { mode: Mode; updates: number };
  /** Newest finished episodes, oldest first. */
  recent: { success: number[]; return: number[]; length: number[] };
  learner: LearnerRecord;
  reference?: Float32Array;
  workers: WorkerRecord[];
  /** Stages of training before this run. */
  earlier: readonly JsonObject[];
}

/** The columns of a kept goal. */
const GOAL_PARTS = ['subgoal', 'x', 'y', 'age', 'lived', 'hit', 'everHit'] as const;

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
    for (const part of ['zH', 'zL'] as const)
      tensors.set(name(part), f32(joined(actor.seats.map((seat) => seat[part]))));
    for (const part of GOAL_PARTS)
      tensors.set(name(`goal.${part}`), i32(actor.seats.map(({ goal }) => goal[part])));
  }
  const json = {
    counters: state.counters,
    ...(state.sofar ? { sofar: state.sofar } : {}),
    recent: state.recent,
    adamSteps: state.learner.adamSteps,
    earlier: state.earlier,
    workers: state.workers.map(({ actor, random }) => ({
      worlds: {
        episodes: actor.episodes,
        seeds: actor.seats.map(({ seed }) => seed),
        actions: actor.seats.map(({ actions }) => actions),
        marks: actor.seats.map(({ marks }) => marks ?? null),
        pursuits: actor.seats.map(({ pursuit }) => pursuit ?? null),
        sources: actor.seats.map(({ source }) => source ?? null),
      },
      attempts: actor.attempts ?? null,
      random,
      actorRandom: actor.seats[0].chance,
    })),
  };
  // Cast: numbers, texts and lists alone, which types declared as interfaces do not say.
  return { state: json as unknown as JsonObject, tensors };
}

/** The inverse. Throws a CheckpointError when the file holds no run. */
export function readRunState(file: PolicyFile): RunState {
  const { info, tensors } = file.loaded;
  if (!info.run)
    throw new CheckpointError('run', 'is missing: this file holds a policy, not a run to resume');
  // Cast: `runTensors` wrote it, and checkpoints are compared with their checksum.
  const json = info.run as unknown as {
    counters: RunState['counters'];
    sofar?: RunState['sofar'];
    recent: RunState['recent'];
    adamSteps: number;
    earlier: JsonObject[];
    workers: {
      worlds: {
        episodes: number[];
        seeds: number[];
        actions: number[][];
        marks: (SeatRecord['marks'] | null)[];
        /** Absent in runs of earlier versions. */
        pursuits?: (number | null)[];
        sources: unknown[];
      };
      attempts?: ActorRecord['attempts'] | null;
      random: number[];
      /** All seats of an actor share one chance. */
      actorRandom: number[];
    }[];
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
    sofar: json.sofar,
    recent: json.recent,
    earlier: json.earlier,
    learner: {
      weights: file.weights,
      adamM: floats('run.adam.m'),
      adamV: floats('run.adam.v'),
      adamSteps: json.adamSteps,
    },
    reference: tensors.has('run.reference') ? floats('run.reference') : undefined,
    workers: json.workers.map(({ worlds, attempts, random, actorRandom }, rank) => {
      const name = (part: string) => `run.worker${rank}.${part}`;
      const [zH, zL] = [floats(name('zH')), floats(name('zL'))];
      // In runs of earlier versions a goal that was chosen again began anew.
      const earlier: Partial<Record<string, string>> = { lived: 'age', everHit: 'hit' };
      const column = (part: string) =>
        ints(name(`goal.${tensors.has(name(`goal.${part}`)) ? part : (earlier[part] ?? part)}`));
      const goals = GOAL_PARTS.map(column);
      const width = zH.length / worlds.seeds.length;
      const seats = worlds.seeds.map((seed, i): SeatRecord => {
        return {
          seed,
          actions: worlds.actions[i],
          zH: zH.subarray(i * width, (i + 1) * width),
          zL: zL.subarray(i * width, (i + 1) * width),
          goal: recordOf(GOAL_PARTS, (_part, p) => goals[p][i]),
          chance: actorRandom,
          marks: worlds.marks[i] ?? undefined,
          pursuit: worlds.pursuits?.[i] ?? undefined,
          source: worlds.sources[i] ?? undefined,
        };
      });
      return {
        random,
        actor: { seats, episodes: worlds.episodes, attempts: attempts ?? undefined },
      };
    }),
  };
}

/**
 * The state for a run that goes on elsewhere: weights, optimiser and counters stay; worlds, and what was measured in
 * them, begin anew, and the run's own stage becomes one that came before.
 * @param history of the file, with that stage
 */
export function withoutWorlds(state: RunState, history: readonly JsonObject[] = []): RunState {
  return {
    ...state,
    workers: [],
    recent: { success: [], return: [], length: [] },
    earlier: history,
  };
}

function joined(parts: readonly Float32Array[]): Float32Array {
  const all = new Float32Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}
