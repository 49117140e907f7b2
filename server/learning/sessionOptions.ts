import { LIVE_SETTING_IDS, type TrainSettingId, type TrainSettings } from '../../shared/config.ts';
import type { JsonObject } from '../policy/checkpoint/index.ts';
import { KINDS, policyConfig } from '../policy/kinds/index.ts';
import { freshPolicy, withPlannersCritic } from '../policy/parameters.ts';
import type { PolicyFile } from '../policy/policyFile.ts';
import type { PolicyConfig } from '../policy/presets.ts';
import type { Mode } from './ppo/lossWeights.ts';
import type { Teaching } from './rollout/teaching.ts';
import type { RunState } from './runState.ts';
import type { TrainOptions } from './types.ts';

export interface SessionOptions extends TrainOptions {
  /** Several levels may be learnt at once; `levelId` is then the first. */
  levelIds?: string[];
  /** The only seeds that worlds are made from; by default any below the held-out ones. */
  seeds?: readonly number[];
  /** Sizes of a policy from scratch that differ from the preset's. */
  sizes?: Partial<PolicyConfig>;
  /** What the file's history says of this stage beside, or instead of, what it says of any. */
  stage?: JsonObject;
  mode?: Mode;
  teaching?: Teaching;
  /** Add to shown episodes how each thought came about. Costs a little time, changes no result. */
  readouts?: boolean;
  /** Measure with every second held-out test whether the Doer does what the Planner says. */
  faithfulness?: boolean;
}

/** What a run starts from; with a critic for the Planner where that is to learn from reward. */
export function startOf(
  file: PolicyFile | undefined,
  { preset, policy, seed, settings, mode, sizes }: SessionOptions,
  isResumed: boolean,
): { config: PolicyConfig; weights: Float32Array } {
  const plannerLearns = mode !== 'clone' && settings.plannerWeight > 0;
  if (!file) return freshPolicy({ ...policyConfig(preset, policy), ...sizes }, seed, plannerLearns);
  const { config, weights } = file;
  const needsCritic = plannerLearns && !isResumed && KINDS[config.kind].planner !== undefined;
  return needsCritic ? withPlannersCritic(config, weights) : { config, weights };
}

type Branch = Pick<TrainOptions, 'levelId' | 'curriculum' | 'learning' | 'seed' | 'settings'>;

/**
 * How a branch of a run goes on, so that it can be told whether it keeps its worlds: in the same level, with the same
 * way of learning, and with settings that differ only where they may change in a run.
 * @returns the seed of its worlds, too: new worlds are none of those that the run began with, and the same for two
 * branches of one checkpoint
 * @param updates of the checkpoint
 */
export function branchWorlds(
  from: Branch,
  to: Omit<Branch, 'seed'> & { seed?: number },
  updates: number,
): { worlds: 'kept' | 'anew'; seed: number } {
  const differs = (Object.keys(to.settings) as TrainSettingId[]).some(
    (id) => !LIVE_SETTING_IDS.includes(id) && from.settings[id] !== to.settings[id],
  );
  const isSame =
    !differs &&
    isSameTask(from, to) &&
    (to.learning ?? 'ppo') === (from.learning ?? 'ppo') &&
    (to.seed ?? from.seed) === from.seed;
  if (isSame) return { worlds: 'kept', seed: from.seed };
  return { worlds: 'anew', seed: to.seed ?? (from.seed + updates) % 2 ** 31 };
}

/** Whether both train on the same level, beside the same easier ones: what was measured of the one tells of the other. */
export function isSameTask(
  a: Pick<Branch, 'levelId' | 'curriculum'>,
  b: Pick<Branch, 'levelId' | 'curriculum'>,
): boolean {
  const levels = ({ levelId, curriculum = [] }: typeof a) => [levelId, ...curriculum].join('\n');
  return levels(a) === levels(b);
}

/**
 * Why a branch cannot let the Planner learn from reward; undefined where it can. The optimiser of a run that began
 * without a critic for it knows none.
 */
export function criticMissing(
  from: TrainSettings,
  asked: Partial<TrainSettings>,
): string | undefined {
  const { plannerWeight } = asked;
  return plannerWeight && from.plannerWeight === 0
    ? `is ${plannerWeight}; accepted in this fork: 0, as the forked run has no critic for the Planner. One that starts from the checkpoint by init gets it`
    : undefined;
}

/** Stages before this run: a resumed run's own stage is written anew. */
export function historyOf(
  file: PolicyFile | undefined,
  state: RunState | undefined,
): readonly JsonObject[] {
  if (state) return state.earlier;
  return file?.history ?? [];
}

export const modeOf = ({ mode, learning }: SessionOptions): Mode => mode ?? learning ?? 'ppo';

/** The level of each world in turn, and which of them are there so as not to be forgotten. */
export function playedLevels(
  options: SessionOptions,
  history: readonly JsonObject[],
): { levelIds: string[]; rehearsed: string[] } {
  const own = levelsOf(options);
  const { environments, keepSkills } = options.settings;
  const worlds = Math.floor(environments * keepSkills);
  if (modeOf(options) !== 'self-cloning' || worlds === 0) return { levelIds: own, rehearsed: [] };
  const taught = history.flatMap(({ levels }) => (Array.isArray(levels) ? levels.map(String) : []));
  const others = [...new Set(taught)].filter((id) => !own.includes(id));
  // Spread evenly where they are more than the worlds for them.
  const rehearsed = others.filter(
    (_, i) =>
      Math.floor(((i + 1) * worlds) / others.length) > Math.floor((i * worlds) / others.length),
  );
  if (rehearsed.length === 0) return { levelIds: own, rehearsed };
  const levelIds = Array.from({ length: environments }, (_, i) => {
    const before = Math.floor(i * keepSkills);
    return Math.floor((i + 1) * keepSkills) > before
      ? rehearsed[before % rehearsed.length]
      : own[(i - before) % own.length];
  });
  return { levelIds, rehearsed };
}

export function levelsOf({ levelIds, levelId, curriculum }: SessionOptions): string[] {
  return levelIds ?? [levelId, ...(curriculum ?? [])];
}
