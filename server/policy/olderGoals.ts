import { GOAL_ROWS, STATE_ROWS, STATE_ROWS_MEMORY } from '../tasks/babyai/features.ts';
import { initialWeights, type Parameter, parameterSpecs } from './parameters.ts';
import { type PolicyConfig, PRESETS } from './presets.ts';

/**
 * Policies of earlier versions named the cells near the agent as targets. Their Doer and encoder are worth starting
 * from; their Planner has to be taught to point. So cloning may begin with one of them, and nothing else.
 */

/** A weight of an older policy. */
interface OldWeight {
  shape: readonly number[];
  data: ArrayLike<number>;
}

/** Older sizes: the map of what is remembered, and how far a kept goal is followed by coordinates. */
const OLD = { mapReach: 6, goalFar: 12 };
const NEW = { mapReach: 8, goalFar: 21 };
/** What a weight that did not exist starts from where it adds to what was learnt: nearly nothing. */
const QUIET = 0.15;

/** Sizes of an older policy as they are now. */
export const upgradedConfig = (config: PolicyConfig): PolicyConfig => ({
  ...config,
  goals: 'pointer',
  hLayers: Math.max(config.hLayers, PRESETS.nano.hLayers),
});

/**
 * Weights of an older policy in their new places, in the order of `parameterSpecs`. New ones are drawn.
 * @param find the older weight of a name, where there is one
 */
export function upgradedWeights(
  config: PolicyConfig,
  seed: number,
  find: (name: string) => OldWeight | undefined,
): Float32Array {
  const weights = initialWeights(config, seed);
  for (const spec of parameterSpecs(config)) {
    const values = weights.subarray(spec.offset, spec.offset + spec.size);
    const old = find(spec.name);
    if (old) placeRows(spec, values, old);
    else if (/\.(o|down)$/.test(spec.name)) for (const i of values.keys()) values[i] *= QUIET;
  }
  return weights;
}

function placeRows({ name, shape }: Parameter, values: Float32Array, old: OldWeight): void {
  const width = shape.length > 1 ? shape[1] : 1;
  const data = Float32Array.from(old.data);
  if (data.length === values.length) {
    values.set(data);
    return;
  }
  const copy = (to: number, from: number) =>
    values.set(data.subarray(from * width, (from + 1) * width), to * width);
  values.fill(0);
  if (name === 'state.embedding') copyState(old.shape[0], copy);
  else if (name === 'goal.embedding') copyGoal(copy);
  // New rows of the other tables come last.
  else values.set(data.subarray(0, values.length));
}

type Copy = (to: number, from: number) => void;

/** The remembered map has three states a cell; what follows it has kept its length. */
function copyState(oldRows: number, copy: Copy): void {
  const spanOf = (reach: number) => 2 * reach + 1;
  for (let row = 0; row < STATE_ROWS; row++) copy(row, row);
  if (oldRows === STATE_ROWS) return;
  const [was, is] = [OLD.mapReach, NEW.mapReach];
  for (let forward = -was; forward <= was; forward++) {
    for (let right = -was; right <= was; right++) {
      const cell = (reach: number) => (forward + reach) * spanOf(reach) + right + reach;
      for (let state = 0; state < 3; state++)
        copy(STATE_ROWS + cell(is) * 3 + state, STATE_ROWS + cell(was) * 3 + state);
    }
  }
  const after = oldRows - STATE_ROWS - spanOf(was) ** 2 * 3;
  for (let row = 1; row <= after; row++) copy(STATE_ROWS_MEMORY - row, oldRows - row);
}

/** Coordinates beyond the older limit begin as the last ones within it. */
function copyGoal(copy: Copy): void {
  const [was, is] = [OLD.goalFar, NEW.goalFar];
  const first = GOAL_ROWS - 2 * (2 * is + 1);
  for (let row = 0; row < first; row++) copy(row, row);
  for (let axis = 0; axis < 2; axis++) {
    for (let at = -is; at <= is; at++) {
      const near = Math.max(-was, Math.min(was, at));
      copy(first + axis * (2 * is + 1) + at + is, first + axis * (2 * was + 1) + near + was);
    }
  }
}
