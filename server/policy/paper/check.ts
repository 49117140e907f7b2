// Longer than most files: one comparison after the other, which share their tally and their ways to read recordings.
import * as tf from '@tensorflow/tfjs-core';
import type { EngineChoice, EngineName } from '../../../shared/config.ts';
import type { Ops } from '../../engine/index.ts';
import type { SafetensorsFile, StoredTensor } from '../checkpoint/index.ts';
import { PRESETS } from '../presets.ts';
import { startEngine } from '../workload.ts';
import {
  type CallOptions,
  type CallOutputs,
  type Carry,
  callModel,
  disposeCarry,
  initialCarry,
} from './act.ts';
import { parsePaperConfig } from './config.ts';
import {
  batchOf,
  carryOf,
  filesOf,
  findInstances,
  type GoldenInstance,
  group,
  numbersOf,
  readGolden,
  readGoldenConfig,
} from './golden.ts';
import type { LossType } from './losses.ts';
import { lossAndGradients } from './lossHead.ts';
import { createPaperModel, type PaperModel } from './model.ts';
import { loadReferenceWeights } from './weights.ts';

/**
 * What is compared, and the largest error allowed as |a - b| / (1 + |b|). `chain` is for calls in a row on
 * the model's own carries, where each call's rounding grows in the next (the recursion is not contracting):
 * over five calls float32 may end at 1e-4 from float64, so that much more is allowed there.
 */
export const TOLERANCES = { forward: 1e-4, gradient: 1e-3, chain: 1e-3 } as const;

type Kind = keyof typeof TOLERANCES;

export interface HrmCheckFailure {
  /** `hrm/rope/calls_train` and so on. */
  readonly file: string;
  readonly what: string;
}

export interface InstanceErrors {
  readonly instance: string;
  readonly maxAbsError: number;
  readonly maxGradError: number;
  readonly maxChainError: number;
}

export interface HrmCheckResult {
  /** Tensors compared and found equal within tolerance. */
  passed: number;
  failed: number;
  /** Largest |a - b| over outputs, carries, losses and metrics of calls from a recorded carry. */
  maxAbsError: number;
  /** Largest |a - b| / (1 + |b|) over gradients. */
  maxGradError: number;
  /** Largest |a - b| over outputs and carries of calls in a row. */
  maxChainError: number;
  failures: HrmCheckFailure[];
  /** The same figures for each recorded model. */
  instances: InstanceErrors[];
  engine: EngineName;
}

/** Collects comparisons of one recorded model. */
class Tally {
  passed = 0;
  readonly errors = { forward: 0, gradient: 0, chain: 0 };
  readonly failures: HrmCheckFailure[] = [];

  fail(file: string, what: string): void {
    this.failures.push({ file, what });
  }

  compare(
    file: string,
    name: string,
    got: ArrayLike<number> | undefined,
    wanted: StoredTensor,
    kind: Kind = 'forward',
  ): void {
    const expected = numbersOf(wanted);
    if (got?.length !== expected.length) {
      const given = got ? `${got.length} numbers` : 'no such output';
      this.fail(file, `${name}: got ${given}, expected ${expected.length} numbers`);
      return;
    }
    let absolute = 0;
    let relative = 0;
    let worst = 0;
    for (let i = 0; i < got.length; i++) {
      const error = Math.abs(got[i] - expected[i]);
      const scaled = error / (1 + Math.abs(expected[i]));
      // A NaN would slip through a plain comparison.
      if (!(scaled <= relative)) {
        relative = Number.isNaN(scaled) ? Number.POSITIVE_INFINITY : scaled;
        worst = i;
      }
      if (!(error <= absolute)) absolute = Number.isNaN(error) ? Number.POSITIVE_INFINITY : error;
    }
    this.errors[kind] = Math.max(this.errors[kind], kind === 'gradient' ? relative : absolute);
    const exact = wanted.dtype !== 'F32' && wanted.dtype !== 'F64';
    const limit = exact ? 0 : TOLERANCES[kind];
    if (relative <= limit) this.passed++;
    else
      this.fail(
        file,
        `${name}[${worst}]: got ${got[worst]}, expected ${expected[worst]} (error ${relative.toExponential(2)}, allowed ${limit})`,
      );
  }
}

type Named = Map<string, ArrayLike<number>>;

async function carryValues(carry: Carry): Promise<Named> {
  const { currentData: data } = carry;
  return new Map<string, ArrayLike<number>>([
    ['z_H', await carry.zH.data()],
    ['z_L', await carry.zL.data()],
    ['steps', carry.steps],
    ['halted', carry.halted],
    ['current_data.inputs', data.inputs],
    ['current_data.labels', data.labels],
    ['current_data.puzzle_identifiers', data.puzzleIdentifiers],
  ]);
}

async function outputValues(outputs: CallOutputs): Promise<Named> {
  const { logits, ...host } = outputs;
  return new Map<string, ArrayLike<number>>([
    ['logits', await logits.data()],
    ...Object.entries(host),
  ]);
}

/** Puts a stored carry on the backend. */
function uploadCarry(stored: ReturnType<typeof carryOf>): Carry {
  const upload = ({ data, shape }: StoredTensor) =>
    tf.tensor3d(data as Float32Array, shape as [number, number, number]);
  return { ...stored, zH: upload(stored.zH), zL: upload(stored.zL) };
}

function compareAll(
  tally: Tally,
  file: string,
  prefix: string,
  got: Named,
  wanted: Map<string, StoredTensor>,
  kind: Kind = 'forward',
): void {
  for (const [name, tensor] of wanted)
    tally.compare(file, prefix + name, got.get(name), tensor, kind);
  for (const name of got.keys())
    if (!wanted.has(name)) tally.fail(file, `${prefix}${name}: not in the recording`);
}

function modeOf(file: SafetensorsFile, name: string): CallOptions {
  const mode = file.metadata.mode ?? (name.endsWith('eval') ? 'eval' : 'train');
  return { training: mode === 'train' };
}

/** Successive calls, once each from its recorded carry and once in a row on the model's own carries. */
async function checkCalls(tally: Tally, model: PaperModel, instance: GoldenInstance, name: string) {
  const where = `${instance.label}/${name}`;
  const file = readGolden(instance, name);
  const options = modeOf(file, name);
  const calls = group(file, 'call');
  const count = new Set([...calls.keys()].map((key) => key.split('.')[0])).size;
  if (count === 0) tally.fail(where, 'holds no calls');
  let own: Carry | undefined;
  for (let t = 0; t < count; t++) {
    const batch = batchOf(group(file, `call${t}.batch.`));
    const recorded = uploadCarry(carryOf(group(file, `call${t}.carry_in.`)));
    own ??= initialCarry(model.config, recorded.steps.length);
    for (const [kind, carry] of [
      ['forward', recorded],
      ['chain', own],
    ] as const) {
      const result = await callModel(model, carry, batch, options);
      disposeCarry(carry);
      const prefix = `${kind === 'chain' ? 'in a row: ' : ''}call${t}.`;
      const outputs = await outputValues(result.outputs);
      compareAll(tally, where, `${prefix}out.`, outputs, group(file, `call${t}.out.`), kind);
      const carried = await carryValues(result.carry);
      compareAll(
        tally,
        where,
        `${prefix}carry_out.`,
        carried,
        group(file, `call${t}.carry_out.`),
        kind,
      );
      result.outputs.logits.dispose();
      if (carry === own) own = result.carry;
      else disposeCarry(result.carry);
    }
  }
  if (own) disposeCarry(own);
}

/** Loss, metrics, gradients and new carry of one recorded call. */
async function checkGradients(
  tally: Tally,
  model: PaperModel,
  instance: GoldenInstance,
  name: string,
) {
  const where = `${instance.label}/${name}`;
  const file = readGolden(instance, name);
  const type = /stablemax|softmax/.exec(file.metadata.loss ?? name)?.[0] as LossType | undefined;
  if (!type) throw new Error('neither a stablemax nor a softmax loss');
  const carry = uploadCarry(carryOf(group(file, 'carry_in.')));
  const batch = batchOf(group(file, 'batch.'));
  const result = await lossAndGradients(model, carry, batch, type, modeOf(file, name));
  disposeCarry(carry);
  const total = file.tensors.get('loss');
  if (total) tally.compare(where, 'loss', [result.loss], total);
  else tally.fail(where, 'loss: not in the recording');
  const metrics: Named = new Map(Object.entries(result.metrics).map(([key, x]) => [key, [x]]));
  compareAll(tally, where, 'metric.', metrics, group(file, 'metric.'));
  const recorded = group(file, 'grad.');
  const gradients: Named = new Map();
  for (const [key, tensor] of result.gradients) {
    // Recordings list parameters; the rows of the puzzle embedding are none.
    if (recorded.has(key) || model.parameters.has(key)) gradients.set(key, await tensor.data());
    tensor.dispose();
  }
  compareAll(tally, where, 'grad.', gradients, recorded, 'gradient');
  compareAll(
    tally,
    where,
    'carry_out.',
    await carryValues(result.carry),
    group(file, 'carry_out.'),
  );
  disposeCarry(result.carry);
  result.outputs.logits.dispose();
}

/** The rotary tables, where they were recorded. */
async function checkRotary(
  tally: Tally,
  model: PaperModel,
  where: string,
  weights: SafetensorsFile,
) {
  for (const kind of ['cos', 'sin'] as const) {
    const wanted = weights.tensors.get(`inner.rotary_emb.${kind}_cached`);
    const table = model.context.rotary?.[kind];
    if (wanted) tally.compare(where, `rotary ${kind}`, await table?.data(), wanted);
  }
}

async function checkInstance(instance: GoldenInstance, ops?: Ops): Promise<Tally> {
  const tally = new Tally();
  let model: PaperModel | undefined;
  try {
    const config = parsePaperConfig(instance.arch, readGoldenConfig(instance));
    const weights = readGolden(instance, 'weights');
    model = createPaperModel(config, loadReferenceWeights(weights.tensors, config), ops);
    await checkRotary(tally, model, `${instance.label}/weights`, weights);
  } catch (error) {
    tally.fail(instance.label, (error as Error).message);
  }
  if (!model) return tally;
  const checks = [
    ...filesOf(instance, 'calls_').map((name) => [name, checkCalls] as const),
    ...filesOf(instance, 'grads_').map((name) => [name, checkGradients] as const),
  ];
  if (checks.length === 0) tally.fail(instance.label, 'no calls_* or grads_* files');
  for (const [name, check] of checks) {
    try {
      await check(tally, model, instance, name);
    } catch (error) {
      tally.fail(`${instance.label}/${name}`, (error as Error).message);
    }
  }
  model.dispose();
  return tally;
}

export interface HrmCheckOptions {
  /** Engine to compute on; the fastest one here if not given. */
  readonly engine?: EngineChoice;
  /** Use tfjs's operations in place of the engine's own. */
  readonly plain?: boolean;
}

/**
 * Compares the model with recorded models: every folder in `dir/hrm` and `dir/trm` (layout: `config.json`,
 * `weights`, `calls_*` and `grads_*` as safetensors, plain or gzipped).
 * @throws Error if there is no recorded model in `dir` or the engine does not start; all that is wrong
 * with a model is in `failures`.
 */
export async function runHrmCheck(
  dir: string,
  { engine: name = 'auto', plain = false }: HrmCheckOptions = {},
): Promise<HrmCheckResult> {
  const instances = findInstances(dir);
  if (instances.length === 0)
    throw new Error(`${dir}: no recorded models, expected folders with config.json in hrm or trm`);
  const engine = await startEngine(name, PRESETS.nano);
  const result: HrmCheckResult = {
    passed: 0,
    failed: 0,
    maxAbsError: 0,
    maxGradError: 0,
    maxChainError: 0,
    failures: [],
    instances: [],
    engine: engine.name,
  };
  for (const instance of instances) {
    const { passed, failures, errors } = await checkInstance(instance, plain ? undefined : engine);
    const figures = {
      maxAbsError: errors.forward,
      maxGradError: errors.gradient,
      maxChainError: errors.chain,
    };
    result.passed += passed;
    result.failed += failures.length;
    result.failures.push(...failures);
    for (const key of ['maxAbsError', 'maxGradError', 'maxChainError'] as const)
      result[key] = Math.max(result[key], figures[key]);
    result.instances.push({ instance: instance.label, ...figures });
  }
  return result;
}
