import { POLICY_KINDS } from '../../shared/config.ts';
import {
  CheckpointError,
  expectWeights,
  type JsonObject,
  type LoadedCheckpoint,
  loadCheckpoint,
  RUN_PREFIX,
  type StoredTensor,
  saveCheckpoint,
  shippedNames,
  shippedPath,
  weightsHash,
} from './checkpoint/index.ts';
import { upgradedConfig, upgradedWeights } from './olderGoals.ts';
import { parameterCount, parameterSpecs } from './parameters.ts';
import { type PolicyConfig, PRESETS } from './presets.ts';

export const ARCHITECTURE = 'planner-and-doer/nano-hrm';
const SHIPPED = new URL('./shipped/', import.meta.url);

/** Names of the checkpoints that come with the project; `default` is what a new run starts from. */
export function shippedCheckpoints(): string[] {
  return shippedNames(SHIPPED);
}

/** Path of a shipped checkpoint by its name, or the path itself. Throws a CheckpointError when there is no such file. */
export function checkpointPath(nameOrFile: string): string {
  return shippedPath(SHIPPED, nameOrFile, 'a checkpoint file');
}

/**
 * Largest weight of a policy that can be used. Training leaves weights far below it (the shipped ones stay
 * below 3); products of larger ones leave the range of 32-bit numbers, and every output is NaN.
 */
export const LARGEST_WEIGHT = 1e6;

export interface PolicyFile {
  config: PolicyConfig;
  /** All weights in the order of `parameterSpecs`. */
  weights: Float32Array;
  history: readonly JsonObject[];
  seeds: Readonly<Record<string, number>>;
  loaded: LoadedCheckpoint;
}

/**
 * Reads a live policy. Throws a CheckpointError that names the field which is wrong.
 * @param upgrade also take a policy of an earlier version, whose Planner is then to be taught anew
 */
export async function readPolicy(nameOrFile: string, upgrade = false): Promise<PolicyFile> {
  const loaded = await loadCheckpoint(checkpointPath(nameOrFile));
  const { info } = loaded;
  if (info.architecture !== ARCHITECTURE) {
    throw new CheckpointError(
      'architecture',
      `is "${info.architecture}"; accepted: "${ARCHITECTURE}"`,
    );
  }
  checkSizes(loaded);
  if (upgrade && info.config.goals === undefined) return upgraded(loaded);
  const config = parsePolicyConfig(info.config);
  const specs = parameterSpecs(config);
  expectWeights(loaded.tensors, new Map(specs.map(({ name, shape }) => [name, shape])));
  const weights = new Float32Array(parameterCount(config));
  for (const { name, offset } of specs)
    weights.set(loaded.tensors.get(name)?.data as Float32Array, offset);
  return {
    config,
    weights,
    history: info.history,
    seeds: info.seeds,
    loaded,
  };
}

/** Throws a CheckpointError for a tensor of the network with which the outputs would not be finite. */
export function checkSizes({ tensors }: Pick<LoadedCheckpoint, 'tensors'>): void {
  for (const [name, { data }] of tensors) {
    if (name.startsWith(RUN_PREFIX)) continue;
    // Not by Math or Number: in Jest's sandbox a look-up of a global costs more than the test.
    const bad = data.findIndex((x) => !(x <= LARGEST_WEIGHT && x >= -LARGEST_WEIGHT));
    if (bad >= 0)
      throw new CheckpointError(
        `tensor "${name}"`,
        `holds ${data[bad]} at index ${bad}, with which the outputs are not finite; accepted: numbers from -${LARGEST_WEIGHT} to ${LARGEST_WEIGHT}`,
      );
  }
}

function upgraded(loaded: LoadedCheckpoint): PolicyFile {
  const { info, tensors } = loaded;
  const config = upgradedConfig(parsePolicyConfig({ ...info.config, goals: PRESETS.nano.goals }));
  const weights = upgradedWeights(config, 1, (name) => {
    const tensor = tensors.get(name);
    return tensor && { shape: tensor.shape, data: tensor.data as Float32Array };
  });
  return { config, weights, history: info.history, seeds: info.seeds, loaded };
}

export interface PolicyToSave {
  config: PolicyConfig;
  weights: Float32Array;
  history: readonly JsonObject[];
  seeds: Readonly<Record<string, number>>;
  /** What only a resumed run needs. */
  run?: { state: JsonObject; tensors: ReadonlyMap<string, StoredTensor> };
}

/** Writes a live policy, atomically. */
export async function writePolicy(
  file: string,
  policy: PolicyToSave,
): Promise<{ weightsHash: string; bytes: number }> {
  const tensors = tensorsOf(policy.config, policy.weights);
  for (const [name, tensor] of policy.run?.tensors ?? []) tensors.set(name, tensor);
  const content = {
    architecture: ARCHITECTURE,
    config: { ...policy.config },
    history: policy.history,
    seeds: policy.seeds,
    run: policy.run?.state,
    tensors,
  };
  // The folder of a run's checkpoints flushes them to the disk itself.
  return saveCheckpoint(file, content, { sync: policy.run === undefined });
}

/** Hash of weights as a checkpoint states it. */
export function hashOfPolicy(config: PolicyConfig, weights: Float32Array): string {
  return weightsHash(tensorsOf(config, weights));
}

function tensorsOf(config: PolicyConfig, weights: Float32Array): Map<string, StoredTensor> {
  return new Map(
    parameterSpecs(config).map(({ name, shape, offset, size }) => [
      name,
      { dtype: 'F32', shape, data: weights.slice(offset, offset + size) },
    ]),
  );
}

/** Sizes as a checkpoint states them. Throws a CheckpointError that names the one which is wrong. */
function parsePolicyConfig(input: JsonObject): PolicyConfig {
  const kinds: readonly unknown[] = POLICY_KINDS;
  if (!kinds.includes(input.kind)) {
    throw new CheckpointError(
      'config.kind',
      `is ${JSON.stringify(input.kind)}; accepted: ${POLICY_KINDS.join(', ')}`,
    );
  }
  if (input.goals !== PRESETS.nano.goals) {
    const given = input.goals === undefined ? 'is missing' : `is ${JSON.stringify(input.goals)}`;
    throw new CheckpointError(
      'config.goals',
      `${given}; accepted: "pointer". Goals of earlier versions were cells near the agent, which this one cannot follow: teach it to point with "pretrain --init"`,
    );
  }
  for (const key of Object.keys(PRESETS.nano).filter(
    (name) => !['kind', 'memory', 'plannersCritic', 'auxiliaryGoals', 'goals'].includes(name),
  )) {
    const value = input[key];
    if (!Number.isInteger(value) || (value as number) < 1 || (value as number) > 8192) {
      throw new CheckpointError(
        `config.${key}`,
        `is ${JSON.stringify(value)}; accepted: a whole number from 1 to 8192`,
      );
    }
  }
  for (const key of ['memory', 'plannersCritic', 'auxiliaryGoals'])
    if (input[key] !== undefined && typeof input[key] !== 'boolean')
      throw new CheckpointError(
        `config.${key}`,
        `is ${JSON.stringify(input[key])}; accepted: true, false, or nothing for false`,
      );
  // Cast: every field has been checked above.
  return input as unknown as PolicyConfig;
}
