import { readFileSync, writeFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import type { MetricPoint } from '../../shared/metrics.ts';
import type { CreateTrainSession } from '../learning/types.ts';
import { sampleReplay } from '../storage/sample.testing.ts';
import { launchHere } from './launchHere.testing.ts';

/**
 * A session that learns nothing and fails in the way that `init` names, at its third update: failures
 * that a real session cannot be made to have on demand.
 */
const FAILURES: Record<string, (point: MetricPoint) => unknown> = {
  crash: () => process.kill(process.pid, 'SIGKILL'),
  exits: () => process.exit(3),
  throws: () => {
    throw new Error('shapes [2,3] and [4] do not match');
  },
  nan: (point) => {
    point.values.policyLoss = Number.NaN;
  },
  hangs: () => {
    for (;;);
  },
  stalls: () => new Promise(() => undefined),
  stops: () => process.kill(process.pid, 'SIGSTOP'),
  async eats() {
    for (;;) {
      eaten.push(Buffer.alloc(20_000_000, 1));
      await sleep(20);
    }
  },
};

/** Steps of 10 ms in the third update of `long`. */
const LONG = 200;

const eaten: Buffer[] = [];

export const createFakeSession: CreateTrainSession = async (options, resume) => {
  if (options.init === 'unloadable') throw new Error('the checkpoint is of another version');
  const state = resume
    ? (JSON.parse(readFileSync(resume.file, 'utf8')) as { updates: number; kind: string })
    : { updates: 0, kind: options.init };
  const settings = { ...options.settings };
  const rewards = { ...options.rewards };
  let isHeld = false;
  let reached = 0;
  return {
    engine: { name: 'none', workers: 0, reason: 'made for a test' },
    parameters: 3,
    hold: (held) => {
      isHeld = held;
    },
    get progress() {
      return state.kind === 'long' ? { reached, share: (reached % LONG) / LONG } : undefined;
    },
    async update(onEpisode) {
      state.updates += 1;
      const { updates, kind } = state;
      const replay = sampleReplay(`${options.runId}-${updates}`, updates);
      onEpisode?.(replay);
      await sleep(20);
      for (let i = 0; kind === 'long' && updates === 3 && i < LONG; i += isHeld ? 0 : 1) {
        await sleep(10);
        if (!isHeld) reached++;
      }
      const point: MetricPoint = {
        updates,
        envSteps: updates * 100,
        episodes: updates * 10,
        seconds: updates * 0.02,
        values: {
          success: 0.5,
          learningRate: settings.learningRate,
          return: rewards.bump,
          ...(updates % 2 === 0 && { evalSuccess: 0.25 }),
        },
      };
      // With `-once`, it is well again after it has been taken up.
      const [failure, once] = kind.split('-');
      if (updates === 3 && !(once && resume)) await FAILURES[failure]?.(point);
      if (kind === 'nan-fast' && settings.learningRate > 0.0002) await FAILURES.nan(point);
      return { point, episodes: [replay] };
    },
    applySettings: (patch) => void Object.assign(settings, patch),
    applyRewards: (patch) => void Object.assign(rewards, patch),
    async save(file) {
      const text = JSON.stringify(state);
      writeFileSync(file, text);
      return { weightsHash: `u${state.updates}`, bytes: text.length };
    },
    async dispose() {},
  };
};

/** Trainers of such sessions inside the test's own process. */
export const launchFake = launchHere(createFakeSession);
