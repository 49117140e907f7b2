import { copyFile, constants as fsConstants } from 'node:fs/promises';
import { settingsFor, type TrainSettings } from '../../shared/config.ts';
import type { ForkOrigin, ForkRequest } from '../../shared/fork.ts';
import type { RunInfo, SettingsChange } from '../../shared/protocol.ts';
import { RequestError } from '../../shared/requestError.ts';
import type { RewardWeights } from '../../shared/rewards.ts';
import { quoted } from '../../shared/text.ts';
import {
  beganBy,
  type ChosenLearning,
  followsRewards,
  learningByRewards,
} from '../../shared/usualLearning.ts';
import { branchWorlds, criticMissing, isSameTask } from '../learning/sessionOptions.ts';
import { isGood } from '../storage/checkpointFiles.ts';
import type { StoredCheckpoint } from '../storage/checkpointInfo.ts';
import type { CheckpointFolder } from '../storage/checkpoints.ts';
import type { ForkPast, RunStore, StoredRun } from '../storage/store.ts';
import { difference, resumePlan } from './changes.ts';
import { type CreateRun, type Machine, refuseIdle } from './newRun.ts';
import type { RunDriver } from './runDriver.ts';
import type { RunTable } from './runTable.ts';
import { checkCost } from './settingsCost.ts';

/** A run to be branched off, and where. */
export interface ForkPoint {
  parent: StoredRun;
  checkpoint: StoredCheckpoint;
  /** What the checkpoint was made with. */
  settings: TrainSettings;
  rewards: RunInfo['rewards'];
}

/** Said where more than these would be accepted. */
const NAMED = 5;

/**
 * The checkpoint that a fork is to begin with. Throws a RequestError that names the field where there is none.
 * @param log the parent's changes, in order of steps
 */
export async function forkPoint(
  { run, checkpoint, step }: ForkRequest,
  runs: RunTable,
  checkpoints: CheckpointFolder,
  store: Pick<RunStore, 'changes'>,
): Promise<ForkPoint> {
  if (!runs.has(run))
    throw new RequestError(
      'not-found',
      `fork.run is ${quoted(run)}; accepted: the id of a run of this server, as run:list gives it`,
      'fork.run',
    );
  if (checkpoint !== undefined && step !== undefined)
    throw new RequestError(
      'bad-request',
      `fork.step is ${step}, and fork.checkpoint names a checkpoint already; accepted: one of the two`,
      'fork.step',
    );
  const driver = runs.get(run);
  const kept = checkpoints.list(run);
  if (kept.length === 0)
    throw new RequestError(
      'bad-request',
      `fork.run is ${quoted(run)}, which has no checkpoint; accepted: a run that has made one`,
      'fork.run',
    );
  const field = step === undefined ? 'fork.checkpoint' : 'fork.step';
  const asked =
    checkpoint !== undefined
      ? kept.filter(({ id }) => id === checkpoint)
      : kept.filter(({ envSteps }) => step === undefined || envSteps <= step);
  if (asked.length === 0) {
    const accepted =
      step === undefined
        ? `one that is kept, as ${kept
            .slice(0, NAMED)
            .map(({ id }) => id)
            .join(', ')}`
        : `${kept.at(-1)?.envSteps} or more, the step of the oldest checkpoint that is kept`;
    throw new RequestError(
      'bad-request',
      `${field} is ${step ?? quoted(checkpoint)}; accepted: ${accepted}`,
      field,
    );
  }
  for (const one of asked) {
    if (!(await isGood(one))) continue;
    return pointAt(driver, one, store.changes(run));
  }
  throw new RequestError(
    'bad-request',
    `${field} is ${step ?? quoted(checkpoint ?? 'the newest')}, and what is kept there is damaged; accepted: another checkpoint`,
    field,
  );
}

function pointAt(
  driver: RunDriver,
  checkpoint: StoredCheckpoint,
  log: readonly SettingsChange[],
): ForkPoint {
  const { info, compute, wanted } = driver;
  const { settings, rewards } = resumePlan(info, log, checkpoint);
  const { engine, workers } = compute;
  return { parent: { info, wanted, engine, workers }, checkpoint, settings, rewards };
}

/** A fork that can be written down. */
export interface NewFork {
  stored: StoredRun;
  /** What differs from the checkpoint, as it is logged. */
  changes: SettingsChange[];
  /** What its trainer is to begin with; with kept worlds the changes come after. */
  begin: Pick<RunInfo, 'settings' | 'rewards'>;
  /** Its measurements go on from those of its parent; those of another level say nothing of this one. */
  past: ForkPast | undefined;
  warning: string | undefined;
}

/**
 * The run that branches off as a request asks. Where only rewards and settings differ that may change in a run, it goes
 * on in its parent's worlds; else its worlds begin anew. Throws a RequestError that names the field.
 */
export function newFork(
  request: CreateRun,
  levelId: string,
  { parent, checkpoint, settings, rewards }: ForkPoint,
  runs: RunTable,
  { memoryLimit }: Pick<Machine, 'memoryLimit'>,
): NewFork {
  const { info: from, engine, workers } = parent;
  refuseUnforkable(request, from, settings);
  const wanted = { ...rewards, ...request.rewards };
  const chosen = learningOfFork(request, from, wanted);
  const { learning } = chosen;
  refuseIdle(learning, from.policy, request.settings);
  const rootInit = from.fork?.init ?? from.init;
  const [began, begins] = [beganBy(from), beganBy(chosen)];
  const usual = begins === began ? settings : settingsFor(rootInit, learning);
  const next = { ...usual, ...request.settings };
  const isSameLevel = levelId === from.levelId;
  const curriculum = request.curriculum ?? (isSameLevel ? from.curriculum : undefined);
  const to = { levelId, curriculum, learning: begins, settings: next, seed: request.seed };
  const { updates, envSteps } = checkpoint;
  const { worlds, seed } = branchWorlds({ ...from, learning: began, settings }, to, updates);
  const fork: ForkOrigin = {
    run: from.id,
    name: from.name,
    checkpoint: checkpoint.id,
    init: rootInit,
    envSteps,
    updates,
    worlds,
  };
  const id = runs.freeId();
  const warning = checkCost(from, next, { engine, workers }, memoryLimit);
  const changes = [difference('settings', settings, next), difference('rewards', rewards, wanted)]
    .flatMap((change) => change ?? [])
    .map((change) => ({
      envSteps,
      seconds: secondsAt(parent, checkpoint),
      at: Date.now(),
      ...change,
    }));
  const past = isSameTask(from, to) ? { runId: from.id, updates, envSteps } : undefined;
  const { evalSuccess } = checkpoint;
  const info: RunInfo = {
    id,
    name: request.name ?? nameOfFork(from.name, new Set(runs.infos().map(({ name }) => name))),
    levelId,
    status: 'starting',
    createdAt: runs.nextCreatedAt(),
    // Its own copy: it outlives its parent.
    init: `${id}.u${updates}`,
    fork,
    ...(curriculum && { curriculum: [...curriculum] }),
    ...chosen,
    policy: from.policy,
    preset: from.preset,
    seed,
    envSteps,
    episodes: 0,
    updates,
    seconds: 0,
    settings: next,
    rewards: wanted,
    ...(past && evalSuccess !== undefined && { evalSuccess }),
  };
  const begin = worlds === 'kept' ? { settings, rewards } : { settings: next, rewards: wanted };
  return {
    stored: { info, wanted: 'running', engine, workers },
    ...{ changes, begin, past, warning },
  };
}

/** How a fork learns: as was asked for, else as its parent; where that follows what is paid, so does the fork. */
function learningOfFork(
  request: CreateRun,
  { learning, learningReason }: RunInfo,
  rewards: RewardWeights,
): ChosenLearning {
  if (request.learning) return { learning: request.learning, learningReason: 'asked' };
  return followsRewards(learningReason) ? learningByRewards(rewards) : { learning, learningReason };
}

/** Seconds of training at a checkpoint, as far as they are known. */
function secondsAt({ info }: StoredRun, { report, updates }: StoredCheckpoint): number {
  return report?.point.seconds ?? (updates === info.updates ? info.seconds : 0);
}

/** What a fork cannot have otherwise than its parent, as it is in the weights or the optimiser. */
function refuseUnforkable(request: CreateRun, from: RunInfo, settings: TrainSettings): void {
  if (request.init !== undefined)
    throw new RequestError(
      'bad-request',
      `init is ${quoted(request.init)}, and has no effect with fork, which says where the run begins; accepted: one of the two`,
      'init',
    );
  for (const field of ['policy', 'preset'] as const)
    if (request[field] !== undefined && request[field] !== from[field])
      throw new RequestError(
        'bad-request',
        `${field} is "${request[field]}"; accepted: ${from[field]}, which the forked run has`,
        field,
      );
  const missing = criticMissing(settings, request.settings ?? {});
  if (missing !== undefined)
    throw new RequestError(
      'bad-request',
      `settings.plannerWeight ${missing}`,
      'settings.plannerWeight',
    );
}

/** "doors, fork 2": the first number that is free. */
function nameOfFork(name: string, used: ReadonlySet<string>): string {
  const stem = name.replace(/, fork \d+$/, '').slice(0, 70);
  for (let n = 1; ; n++) if (!used.has(`${stem}, fork ${n}`)) return `${stem}, fork ${n}`;
}

/** Copies the checkpoint of a fork into the fork's own folder. Throws a `StorageError`. */
export async function writeForkPoint(
  checkpoints: CheckpointFolder,
  { checkpoint }: ForkPoint,
  { stored, begin, past }: NewFork,
): Promise<void> {
  const { info, engine, workers } = stored;
  const { updates, envSteps, report, weightsHash } = checkpoint;
  await checkpoints.write(
    {
      ...{ runId: info.id, updates, envSteps, ...begin },
      // What was measured goes along, so that the fork is whole where the database is lost.
      ...(past && report && { report: { point: report.point, episodes: [], changes: [] } }),
      worlds: info.fork?.worlds,
      run: { info, engine, workers },
    },
    async (aside) => {
      // Where the disk can, both share their blocks until one of them is removed.
      await copyFile(checkpoint.file, aside, fsConstants.COPYFILE_FICLONE);
      return { weightsHash };
    },
  );
}
