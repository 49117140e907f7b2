import type { EngineChoice } from '../../../shared/config.ts';
import { actionsOf, chanceOf } from '../../play/evaluate.ts';
import { finiteOutputs } from '../../play/finiteOutputs.ts';
import { likeliestGoals } from '../../play/sources.ts';
import { type Sink, Table, type Turn } from '../../play/table.ts';
import { writeGoal } from '../../policy/act.ts';
import { InputBuilder } from '../../policy/inputs.ts';
import { Policy } from '../../policy/model.ts';
import { uploadWeights } from '../../policy/parameters.ts';
import type { PolicyConfig } from '../../policy/presets.ts';
import { startEngine } from '../../policy/workload.ts';
import { GOAL_FEATURES, STATE_FEATURES, WORD_FEATURES } from '../../tasks/babyai/features.ts';
import { OBJECT_FEATURES } from '../../tasks/babyai/objectTokens.ts';
import { taskOf } from '../../tasks/index.ts';
import { runner, type Value } from './run.ts';

const LEVELS = [
  'BabyAI-GoToLocal-v0',
  'BabyAI-PutNextLocal-v0',
  'BabyAI-BossLevel-v0',
  'BabyAI-SynthSeq-v0',
];
const SEATS = 16;
const FIRST_SEED = 7;

export interface Parity {
  /** Largest difference of any probability, value, Q-value or number of the states. */
  readonly maxAbsError: number;
  readonly states: number;
}

/**
 * Plays, and lets the exported file think about every state that the policy thinks about. The file is read and
 * computed by an evaluator of its own.
 */
export async function checkParity(
  config: PolicyConfig,
  flat: Float32Array,
  file: Uint8Array,
  states: number,
  engineName: EngineChoice = 'auto',
): Promise<Parity> {
  const engine = await startEngine(engineName, config);
  const model = new Policy(engine, config);
  const weights = uploadWeights(engine, config, flat);
  const run = runner(file);
  const builder = new InputBuilder();
  const result = { maxAbsError: 0, states: 0 };
  let seed = FIRST_SEED;
  const seats = Array.from({ length: Math.min(SEATS, states) }, (_, i) => {
    const level = LEVELS[i % LEVELS.length];
    return {
      world: taskOf(level).createWorld(level, { memory: config.memory }),
      chance: chanceOf(i),
      goals: likeliestGoals,
      actions: actionsOf({ greedy: false }),
    };
  });
  const table = new Table(model, seats, (seat) => {
    seat.begin(seed++);
    return true;
  });
  const sink: Sink = {
    thought(turn) {
      for (let i = 0; i < table.seats.length && result.states < states; i++) compare(turn, i);
    },
  };
  while (result.states < states) await table.turn(weights, [finiteOutputs, sink]);
  engine.tf.dispose(Object.values(weights));
  return result;

  function compare({ thought }: Turn, i: number): void {
    const size = config.latents * config.width;
    const inputs = builder.build(table.observations, Int32Array.of(i));
    const newGoal = new Int32Array(GOAL_FEATURES).fill(-1);
    if (thought.replanned[i]) writeGoal(thought.subgoals[i], thought.places, i, newGoal, 0);
    const rows = (data: Int32Array, features: number): Value => ({
      dims: [data.length / features, features],
      data,
    });
    const part = (data: Float32Array): Value => ({
      dims: [1, size],
      data: data.slice(i * size, (i + 1) * size),
    });
    const out = run({
      state: rows(inputs.state, STATE_FEATURES),
      objects: rows(inputs.objects, OBJECT_FEATURES),
      words: rows(inputs.words, WORD_FEATURES),
      goal: rows(table.keptGoals.slice(i * GOAL_FEATURES, (i + 1) * GOAL_FEATURES), GOAL_FEATURES),
      z_h: part(table.zH),
      z_l: part(table.zL),
      events: { dims: [inputs.events.length], data: inputs.events },
      replanned: { dims: [1], data: Int32Array.of(thought.replanned[i]) },
      new_goal: rows(newGoal, GOAL_FEATURES),
    });
    result.states++;
    const compared: [string, Float32Array, number][] = [
      ['probabilities', thought.probabilities, 7],
      ['value', thought.values, 1],
      ['halt', thought.halt, 2],
      ['next_z_h', thought.zH, size],
      ['next_z_l', thought.zL, size],
    ];
    for (const [name, theirs, width] of compared)
      for (let k = 0; k < width; k++) {
        const error = Math.abs(out[name].data[k] - theirs[i * width + k]);
        result.maxAbsError = Math.max(result.maxAbsError, Number.isNaN(error) ? Infinity : error);
      }
  }
}
