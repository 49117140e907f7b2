import { EVAL_SEED_BASE } from '../../../shared/constants.ts';
import type { RunInfo } from '../../../shared/protocol.ts';
import type { Comparison, SideChoice } from '../../store/state.ts';
import { formatCount } from '../../theme/format.ts';

type Runs = Readonly<Record<string, RunInfo>>;

/** A run in the list of families: under the one that it branched off from. */
export interface FamilyPlace {
  run: RunInfo;
  /** 0 for runs that branched off from none that is still there. */
  depth: number;
}

/**
 * Runs by family: each fork under its parent, the oldest first, where the parent is still there.
 * @param runs in the order in which families are to come: each where its first member stands
 */
export function familyTree(runs: readonly RunInfo[]): FamilyPlace[] {
  const byId = new Map(runs.map((run) => [run.id, run]));
  const parentOf = ({ id, fork }: RunInfo) =>
    fork && fork.run !== id ? byId.get(fork.run) : undefined;
  const rootOf = (run: RunInfo): RunInfo => {
    let root = run;
    for (let parent = parentOf(root); parent; parent = parentOf(root)) root = parent;
    return root;
  };
  const places: FamilyPlace[] = [];
  const add = (run: RunInfo, depth: number) => {
    places.push({ run, depth });
    const forks = runs.filter((one) => parentOf(one) === run);
    forks.sort((a, b) => a.createdAt - b.createdAt);
    for (const fork of forks) add(fork, depth + 1);
  };
  for (const root of new Set(runs.map(rootOf))) add(root, 0);
  return places;
}

/** "from step 12 k of doors"; empty where a run branched off from none. */
export function branchText({ fork }: RunInfo, runs: Runs): string {
  if (!fork) return '';
  const parent = runs[fork.run];
  return `from step ${formatCount(fork.envSteps)} of ${parent ? parent.name : `${fork.name}, which is deleted`}`;
}

const WORLDS = 20;

/** A fork as A and its parent as B, or where that is gone what the fork began with, on the same held-out worlds. */
export function comparisonWithParent(runs: Runs, runId: string): Comparison | undefined {
  const run = runs[runId];
  if (!run?.fork) return undefined;
  const side = (policy: string): SideChoice => ({
    ...{ policy, ablation: 'none', planner: undefined, doer: undefined, depth: undefined },
    greedy: false,
  });
  const other = runs[run.fork.run] ? run.fork.run : `${runId}.start`;
  const sides = [side(runId), side(other)] as const;
  return { levelId: run.levelId, seed: EVAL_SEED_BASE, worlds: WORLDS, sides };
}
