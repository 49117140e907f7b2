import type { PolicyKind, PresetId } from '../../shared/config.ts';
import type { GoalMode } from '../../shared/play.ts';
import { KINDS, policyConfig } from './kinds/index.ts';
import { type PolicyConfig, PRESETS } from './presets.ts';

/** What a policy is, in the words that one is asked for with. */
export interface Nature {
  policy: PolicyKind;
  /** `custom` where its sizes are those of no preset. */
  preset: PresetId | 'custom';
}

/** What the policy of a file or a run is. A map of what was seen, another critic and goals that only are named are no matter of size. */
export function natureOf(config: PolicyConfig): Nature {
  const { kind: policy } = config;
  const sizes = ({
    memory: _,
    plannersCritic: _critic,
    auxiliaryGoals: _goals,
    ...rest
  }: PolicyConfig) => JSON.stringify(Object.entries(rest).sort(([a], [b]) => (a < b ? -1 : 1)));
  const preset = (Object.keys(PRESETS) as PresetId[]).find(
    (id) => sizes(policyConfig(id, policy)) === sizes(config),
  );
  return { policy, preset: preset ?? 'custom' };
}

/**
 * How a policy's own goals are taken wherever it plays and nobody says otherwise; undefined where it has no Planner. A
 * policy with a map plays long missions, and a drawn goal leaves the circles in which the likeliest one stays. One
 * without a map knows single rooms, where drawing only costs (measured, both, in server/learning/RESULTS.md).
 */
export function goalModeOf(
  { kind, memory }: PolicyConfig,
  { goals, greedy }: { goals?: GoalMode; greedy: boolean },
): GoalMode | undefined {
  if (!KINDS[kind].planner) return undefined;
  return goals ?? (greedy || !memory ? 'likeliest' : 'sampled');
}

/**
 * What keeps a wish for a kind or size from taking effect where training starts from a file: the file's
 * policy is what it is. Undefined where nothing does.
 */
export function unmetWish(
  wish: Partial<Nature>,
  found: Nature,
  init: string,
): { field: 'policy' | 'preset'; message: string } | undefined {
  for (const field of ['policy', 'preset'] as const)
    if (wish[field] !== undefined && wish[field] !== found[field])
      return {
        field,
        message: `is "${wish[field]}", but training starts from "${init}", whose ${field} is "${found[field]}"; accepted: that, or init scratch`,
      };
  return undefined;
}
