import { resolve } from 'node:path';
import type { EngineChoice } from '../../shared/config.ts';
import { EVAL_SEED_BASE } from '../../shared/constants.ts';
import { describeHacking } from '../../shared/hackingAlarm.ts';
import type { MetricPoint } from '../../shared/metrics.ts';
import { percent } from '../../shared/percent.ts';
import type { RewardWeights } from '../../shared/rewards.ts';
import { evaluatePolicy } from '../learning/evaluation/evaluatePolicy.ts';
import type { PolicySession } from '../learning/session.ts';
import type { Evaluation } from '../play/score.ts';
import { HackingWatch } from '../runs/hackingWatch.ts';
import { keptPath } from './destination.ts';
import { Interrupts } from './interrupts.ts';
import { BestPolicy, KeptWork } from './keptWork.ts';
import { OtherSkillsTest } from './otherSkills.ts';
import { TrainProgress } from './trainProgress.ts';

export interface TrainLoopOptions {
  level: string;
  rewards: RewardWeights;
  /** When to stop: whichever comes first. */
  steps?: number;
  until?: number;
  maxSeconds?: number;
  evalEpisodes: number;
  evalEvery: number;
  out?: string;
  /** The training was interrupted, and its file was kept beside `out`. */
  resumed?: { file: string; engine: EngineChoice };
  /** Levels to test before and after, too. */
  otherLevels?: readonly string[];
  say: (line: string) => void;
}

/**
 * Trains until told to stop, by its options or by a signal. Every figure in the result was measured on
 * the weights that the result is about: where the newest test is of earlier weights, they are tested
 * again. Where a test decided when to stop, `success` is of as many fresh seeds.
 */
export async function trainUntilDone(session: PolicySession, options: TrainLoopOptions) {
  const { steps, until, maxSeconds, evalEpisodes, evalEvery, out, say } = options;
  const interrupts = new Interrupts(say);
  const kept = new KeptWork(out, (file) => session.save(file), say);
  const progress = new TrainProgress(say);
  const best = new BestPolicy(out, (file) => session.export(file), say);
  const otherSkills = new OtherSkillsTest(
    options.otherLevels ?? [],
    (levelId) => play(EVAL_SEED_BASE, levelId),
    say,
  );
  const curve: [number, number, number][] = [];
  /** Seeds tested on so far: the first ones every time, more for each confirmation. */
  let fresh = EVAL_SEED_BASE + evalEpisodes;
  let { updates, envSteps, seconds } = session.counters;
  let tested: { updates: number; result: Evaluation };

  const play = (seedBase: number, levelId = options.level) =>
    session.evaluate({ levelId, episodes: evalEpisodes, seedBase, greedy: false });
  const test = async () => {
    const result = await play(EVAL_SEED_BASE);
    curve.push([envSteps, round(seconds), result.success]);
    progress.test({ envSteps, result });
    await best.keepIfBest(result);
    say(`${envSteps} steps, ${seconds.toFixed(1)} s: held-out success ${percent(result.success)}`);
    tested = { updates, result };
    return result;
  };
  /** A lucky test is no success: as many seeds that were never tested on have to say the same. */
  const confirmed = async () => {
    const result = await play(fresh);
    fresh += evalEpisodes;
    const holds = result.success >= until!;
    say(`${holds ? 'confirmed' : 'not confirmed'}: ${percent(result.success)} of fresh seeds`);
    return holds ? result : undefined;
  };
  const usedUp = () =>
    (steps !== undefined && envSteps >= steps) ||
    (maxSeconds !== undefined && seconds >= maxSeconds);
  const watch = hackingWatch(options);

  try {
    const { resumed } = options;
    if (out !== undefined && resumed && resolve(resumed.file) === resolve(keptPath(out)))
      await best.takeUp((checkpoint) =>
        evaluatePolicy({
          ...{ checkpoint, engine: resumed.engine, workers: session.engine.workers },
          ...{ levelId: options.level, episodes: evalEpisodes, seedBase: EVAL_SEED_BASE },
          greedy: false,
        }),
      );
    const first = await test();
    watch({
      ...{ envSteps, seconds, updates, episodes: 0 },
      values: { evalSuccess: first.success },
    });
    await otherSkills.begin();
    const startSteps = envSteps;
    const startSeconds = seconds;
    let result: Evaluation | undefined;
    while (!usedUp() && !interrupts.signal && result === undefined) {
      const { point } = await session.update();
      ({ envSteps, seconds, updates } = point);
      if (Number.isNaN(point.values.gradNorm))
        throw new Error('training diverged: the gradient is not finite; try a lower learningRate');
      if (updates % evalEvery === 0 && !interrupts.signal) {
        const { success } = await test();
        point.values.evalSuccess = success;
        if (until !== undefined && success >= until) result = await confirmed();
      }
      progress.add(point);
      watch(point);
      if (result === undefined) await kept.saveWhenDue();
    }
    const measured = {
      envSteps,
      seconds: round(seconds),
      envStepsPerSecond: round((envSteps - startSteps) / (seconds - startSeconds)),
      startSuccess: first.success,
      startCi95: first.ci95,
    };
    if (interrupts.signal && result === undefined) {
      const isSaved = await kept.save();
      say(
        isSaved
          ? `Stopped after ${envSteps} steps and saved in ${kept.file}. To go on: train --resume ${kept.file} --out ${out} and when to stop`
          : `Stopped after ${envSteps} steps; ${out === undefined ? 'nothing is kept, as no --out was given' : 'nothing could be saved'}`,
      );
      if (best.kept) say(`The policy of the best test so far is in ${best.kept}`);
      const last = tested!.updates === updates ? tested!.result : undefined;
      return {
        ...measured,
        interrupted: interrupts.signal,
        ...(isSaved ? { kept: kept.file } : {}),
        ...(best.kept ? { best: best.kept } : {}),
        // A test of these very weights, or none.
        success: last?.success ?? null,
        curve,
        weightsHash: (await session.hash()).weightsHash,
        exitCode: interrupts.exitCode,
      };
    }
    if (result === undefined) result = tested!.updates === updates ? tested!.result : await test();
    const saved = out === undefined ? await session.hash() : await session.export(out);
    await kept.finish();
    say(progress.last({ envSteps, result }));
    // Of the file that is kept, where one is; it may be of before an interruption.
    const bestSuccess = best.success ?? progress.best?.result.success;
    const bestFile = await best.offer(result);
    const others = await otherSkills.end();
    return {
      ...measured,
      ...(bestSuccess === undefined ? {} : { bestSuccess }),
      ...(bestFile === undefined ? {} : { best: bestFile }),
      success: result.success,
      ci95: result.ci95,
      episodes: result.episodes,
      ...(others ? { otherSkills: others } : {}),
      curve,
      weightsHash: saved.weightsHash,
      exitCode: 0,
    };
  } finally {
    interrupts.dispose();
  }
}

/** Tells whoever trains once when the return rises while success falls, and again after it was over. */
function hackingWatch({ rewards, evalEpisodes, say }: TrainLoopOptions) {
  const hacking = new HackingWatch();
  let isWarned = false;
  return (point: MetricPoint) => {
    const alarm = hacking.add(point, rewards, evalEpisodes);
    if (alarm === undefined) return;
    if (alarm !== 'none' && !isWarned) say(`warning: ${describeHacking(alarm)}`);
    isWarned = alarm !== 'none';
  };
}

const round = (value: number) => Math.round(value * 100) / 100;
