import {
  DEFAULT_SETTINGS,
  type PolicyKind,
  type PresetId,
  type TrainSettings,
} from '../../shared/config.ts';
import type { ScriptedPolicy } from '../../shared/play.ts';
import type { Engine } from '../engine/index.ts';
import { policyConfig } from '../policy/kinds/index.ts';
import { Policy, type Weights } from '../policy/model.ts';
import { freshPolicy, uploadWeights } from '../policy/parameters.ts';
import { readPolicy } from '../policy/policyFile.ts';
import type { PolicyConfig } from '../policy/presets.ts';

/** Who plays: a checkpoint's file or shipped name, the untrained weights that a run began with, or a script. */
export type PolicySource =
  | { kind: 'checkpoint'; file: string }
  | {
      kind: 'scratch';
      preset: PresetId;
      policy: PolicyKind;
      seed: number;
      /** Whether its Planner was to learn from reward. */
      plannerLearns?: boolean;
    }
  | { kind: 'script'; name: ScriptedPolicy };

/** A source of weights. */
export type WeightsSource = Exclude<PolicySource, { kind: 'script' }>;

export interface LoadedPolicy {
  model: Policy;
  weights: Weights;
  rewardScale: number;
}

export async function loadPolicy(engine: Engine, source: WeightsSource): Promise<LoadedPolicy> {
  const { config, flat, settings } = await readSource(source);
  return {
    model: new Policy(engine, config),
    weights: uploadWeights(engine, config, flat),
    rewardScale: settings?.rewardScale ?? DEFAULT_SETTINGS.rewardScale,
  };
}

interface PolicyParts {
  config: PolicyConfig;
  flat: Float32Array;
  /** Settings of the training that made it. */
  settings?: Partial<TrainSettings>;
}

async function readSource(source: WeightsSource): Promise<PolicyParts> {
  if (source.kind === 'scratch') {
    const { preset, policy, seed, plannerLearns = false } = source;
    const { config, weights } = freshPolicy(policyConfig(preset, policy), seed, plannerLearns);
    return { config, flat: weights };
  }
  const { config, weights, history } = await readPolicy(source.file);
  const settings = history.at(-1)?.settings as Partial<TrainSettings> | undefined;
  return { config, flat: weights, settings };
}
