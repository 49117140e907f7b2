import { randomInt } from 'node:crypto';
import {
  type EngineChoice,
  idleSetting,
  type Learning,
  LIVE_SETTING_IDS,
  settingsFor,
  type TrainSettingId,
  type TrainSettings,
} from '../../shared/config.ts';
import type { CommandPayload, RunInfo } from '../../shared/protocol.ts';
import { RequestError } from '../../shared/requestError.ts';
import { DEFAULT_REWARDS } from '../../shared/rewards.ts';
import {
  type ChosenLearning,
  paysMissionOnly,
  SHAPED_TRIES,
  usualLearning,
} from '../../shared/usualLearning.ts';
import type { StoredRun } from '../storage/store.ts';
import { taskOf } from '../tasks/index.ts';
import type { Inits } from './inits.ts';
import { type AcceptedLevel, nameFor } from './levelAskedFor.ts';
import { policyAskedFor } from './policyAskedFor.ts';
import type { RunTable } from './runTable.ts';
import { checkCost } from './settingsCost.ts';

export type CreateRun = CommandPayload<'run:create'>;

/** Where a run is to be computed, and how much memory its trainer may take, in bytes. */
export interface Machine {
  engine: EngineChoice;
  /** 0 chooses from the cores. */
  workers: number;
  memoryLimit: number;
}

/** A run that can be started. */
export interface NewRun {
  stored: StoredRun;
  initFile: string;
  /** Where an update takes much, or a choice does less than one might think. */
  warning: string | undefined;
}

/**
 * The run that a request asks for. Throws a RequestError that names the field where it cannot be.
 * @param level what it is to learn, checked
 */
export async function newRun(
  request: CreateRun,
  level: AcceptedLevel,
  inits: Inits,
  runs: RunTable,
  { engine, workers, memoryLimit }: Machine,
): Promise<NewRun> {
  const init = request.init ?? inits.shippedOrScratch(taskOf(level.levelId).init);
  const initFile = await inits.fileOf(init);
  const { start, ...nature } = await policyAskedFor(request, init, initFile);
  const rewards = { ...DEFAULT_REWARDS, ...request.rewards };
  const chosen: ChosenLearning = request.learning
    ? { learning: request.learning, learningReason: 'asked' }
    : usualLearning(start, rewards, request.settings);
  const { learning } = chosen;
  refuseIdle(learning, nature.policy, request.settings);
  const settings = { ...settingsFor(init, learning), ...request.settings };
  const isUsual = request.settings === undefined;
  const cost = checkCost(nature, settings, { engine, workers }, memoryLimit, isUsual);
  const isUnheard = learning === 'self-cloning' && !paysMissionOnly(rewards);
  const warning =
    [cost, isUnheard ? SHAPED_TRIES : undefined].filter(Boolean).join(' ') || undefined;
  const info: RunInfo = {
    id: runs.freeId(),
    name: request.name ?? nameFor(level, new Set(runs.infos().map(({ name }) => name))),
    levelId: level.levelId,
    status: 'starting',
    createdAt: runs.nextCreatedAt(),
    init,
    ...(request.curriculum ? { curriculum: request.curriculum } : {}),
    ...chosen,
    ...nature,
    seed: request.seed ?? randomInt(2 ** 31),
    envSteps: 0,
    episodes: 0,
    updates: 0,
    seconds: 0,
    settings,
    rewards,
  };
  return { stored: { info, wanted: 'running', engine, workers }, initFile, warning };
}

/**
 * Checks new settings of a run. Returns a warning in words where they make an update take much. Throws a RequestError
 * for one that is fixed once a run began, has no effect, or takes too much.
 */
export function checkPatch(
  { learning, policy, preset, settings }: RunInfo,
  patch: Partial<TrainSettings>,
  compute: { engine: EngineChoice; workers: number },
  memoryLimit: number,
): string | undefined {
  const fixed = (Object.keys(patch) as TrainSettingId[]).find(
    (id) => !LIVE_SETTING_IDS.includes(id) && patch[id] !== settings[id],
  );
  if (fixed)
    throw new RequestError(
      'bad-request',
      `settings.${fixed} can only be chosen when a run is created; it is ${settings[fixed]} in this one`,
      `settings.${fixed}`,
    );
  refuseIdle(learning, policy, patch);
  return checkCost({ policy, preset }, { ...settings, ...patch }, compute, memoryLimit);
}

/** Throws a RequestError for a setting that would have no effect. */
export function refuseIdle(
  learning: Learning,
  policy: string,
  settings: Partial<TrainSettings> = {},
): void {
  const idle = idleSetting(learning, policy, settings);
  if (!idle) return;
  const field = `settings.${idle.id}`;
  throw new RequestError('bad-request', `${field} ${idle.message}`, field);
}
