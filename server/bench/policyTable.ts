import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  type EngineChoice,
  type PolicyKind,
  type PresetId,
  settingsFor,
  type TrainSettings,
} from '../../shared/config.ts';
import { EVAL_SEED_BASE } from '../../shared/constants.ts';
import type { GoalMode } from '../../shared/play.ts';
import { DEFAULT_REWARDS } from '../../shared/rewards.ts';
import { CLONING_SETTINGS, cloneUntil } from '../learning/cloning/recipes.ts';
import { PolicySession } from '../learning/session.ts';
import { KINDS } from '../policy/kinds/index.ts';

export interface PolicyTableOptions {
  levels: readonly string[];
  policies: readonly PolicyKind[];
  preset: PresetId;
  seeds: readonly number[];
  /** Environment steps of PPO. */
  steps: number;
  /** Environment steps of cloning before PPO; 0 learns from scratch. */
  cloneSteps: number;
  /** Held-out episodes of each test. */
  episodes: number;
  /** Environment steps between tests. */
  every: number;
  settings: Partial<TrainSettings>;
  engine: EngineChoice;
  workers: number;
  /** How the Planner's goals are taken in tests; by default as is usual for the policy. */
  goals?: GoalMode;
  onProgress?: (line: string) => void;
}

/** One policy of one kind, learnt with one seed on one level. */
export interface PolicyRun {
  level: string;
  policy: PolicyKind;
  seed: number;
  parameters: number;
  /** Held-out success after cloning; absent from scratch. */
  cloned?: number;
  /** Held-out success at the end of PPO. */
  success: number;
  /** Steps of PPO at the first test with at least 95 % success. */
  stepsTo95?: number;
  /** Seconds of PPO, tests not counted. */
  seconds: number;
}

/** Learns the same levels with every kind of policy, one after the other, everything else being equal. */
export async function policyTable(options: PolicyTableOptions): Promise<PolicyRun[]> {
  const folder = await mkdtemp(join(tmpdir(), 'policies-'));
  const runs: PolicyRun[] = [];
  try {
    for (const level of options.levels) {
      for (const policy of options.policies) {
        for (const seed of options.seeds) {
          const run = await learn(level, policy, seed, join(folder, 'cloned'), options);
          runs.push(run);
          options.onProgress?.(lineOf(run));
        }
      }
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
  return runs;
}

async function learn(
  levelId: string,
  policy: PolicyKind,
  seed: number,
  file: string,
  options: PolicyTableOptions,
): Promise<PolicyRun> {
  const { preset, engine, workers, cloneSteps } = options;
  const rewards = DEFAULT_REWARDS;
  const common = { levelId, policy, preset, seed, rewards, engine, workers, runId: 'bench' };
  if (cloneSteps > 0) {
    const settings = CLONING_SETTINGS;
    const cloning = await PolicySession.create({
      ...common,
      mode: 'clone',
      init: 'scratch',
      settings,
    });
    try {
      await cloneUntil(cloning, settings.learningRate, ({ envSteps }) => envSteps / cloneSteps);
      await cloning.export(file);
    } finally {
      await cloning.dispose();
    }
  }
  const session = await PolicySession.create({
    ...common,
    init: cloneSteps > 0 ? file : 'scratch',
    settings: {
      ...settingsFor(cloneSteps > 0 ? file : 'scratch'),
      evalEvery: 0,
      ...options.settings,
    },
  });
  const { parameters } = session;
  try {
    const test = async () => {
      const { episodes } = options;
      const goals = KINDS[policy].planner ? options.goals : undefined;
      const held = { levelId, episodes, seedBase: EVAL_SEED_BASE, greedy: false, goals };
      return (await session.evaluate(held)).success;
    };
    const cloned = cloneSteps > 0 ? await test() : undefined;
    let tested = 0;
    let stepsTo95: number | undefined;
    for (;;) {
      const { envSteps, seconds } = (await session.update()).point;
      if (envSteps < options.steps && envSteps - tested < options.every) continue;
      tested = envSteps;
      const success = await test();
      if (success >= 0.95) stepsTo95 ??= envSteps;
      if (envSteps < options.steps) continue;
      return { level: levelId, policy, seed, parameters, cloned, success, stepsTo95, seconds };
    }
  } finally {
    await session.dispose();
  }
}

const percent = (share: number) => (100 * share).toFixed(1);

function lineOf(run: PolicyRun): string {
  const before = run.cloned === undefined ? '' : `, ${percent(run.cloned)} % cloned`;
  const reached = run.stepsTo95 === undefined ? '' : `, 95 % at ${run.stepsTo95} steps`;
  return `${run.level} ${run.policy} seed ${run.seed}${before}: ${percent(run.success)} %${reached}`;
}

/** One row for each level and kind of policy: every seed's success, their mean, and when 95 % was reached. */
export function policyTableText(runs: readonly PolicyRun[]): string {
  const lines = [
    '| level | policy | weights | after cloning % | success %, each seed | mean | steps to 95 %, each seed | seconds |',
    '|---|---|---:|---:|---:|---:|---:|---:|',
  ];
  const groups = new Map<string, PolicyRun[]>();
  for (const run of runs) {
    const key = `${run.level} ${run.policy}`;
    groups.set(key, [...(groups.get(key) ?? []), run]);
  }
  for (const group of groups.values()) {
    const [{ level, policy, parameters }] = group;
    const mean = (values: number[]) => values.reduce((a, b) => a + b, 0) / values.length;
    const cloned = group.flatMap((run) => run.cloned ?? []);
    const cells = [
      level.replace(/^BabyAI-/, ''),
      policy,
      parameters.toLocaleString('en'),
      cloned.length > 0 ? percent(mean(cloned)) : '–',
      group.map((run) => percent(run.success)).join(' · '),
      percent(mean(group.map((run) => run.success))),
      group.map((run) => run.stepsTo95?.toLocaleString('en') ?? 'never').join(' · '),
      mean(group.map((run) => run.seconds)).toFixed(0),
    ];
    lines.push(`| ${cells.join(' | ')} |`);
  }
  return lines.join('\n');
}
