import type { PolicyKind, PresetId } from '../../shared/config.ts';
import type { SettingsChange } from '../../shared/protocol.ts';
import { beganBy, followsRewards } from '../../shared/usualLearning.ts';
import type { StoredCheckpoint } from '../storage/checkpointInfo.ts';
import type { StoredRun } from '../storage/store.ts';
import { resumePlan } from './changes.ts';
import type { DriveOptions } from './driveOptions.ts';
import type { StartMessage, WantedChange } from './trainerProtocol.ts';

/**
 * What a trainer of a run is started with, and the changes to be made after.
 * @param init what it begins with where there is no checkpoint
 * @param log all changes of the run in order of steps
 */
export function startMessage(
  { info, engine, workers }: StoredRun,
  init: string,
  log: readonly SettingsChange[],
  checkpoint: StoredCheckpoint | undefined,
  { checkpointFolder, lease }: { checkpointFolder: string; lease: number },
  options: DriveOptions,
): { start: StartMessage; open: WantedChange[] } {
  const { settings, rewards, replay, open } = resumePlan(info, log, checkpoint);
  const start: StartMessage = {
    type: 'start',
    options: {
      runId: info.id,
      levelId: info.levelId,
      curriculum: info.curriculum,
      init,
      learning: beganBy(info),
      ...(followsRewards(info.learningReason) && { followsRewards: true }),
      policy: info.policy as PolicyKind,
      preset: info.preset as PresetId,
      seed: info.seed,
      settings,
      rewards,
      engine,
      workers,
    },
    resume: checkpoint && {
      file: checkpoint.file,
      worlds: checkpoint.worlds,
      updates: checkpoint.updates,
      envSteps: checkpoint.envSteps,
      seconds: info.seconds,
    },
    replay,
    checkpointFolder,
    lease,
    run: { info, engine, workers },
    limits: options.limits,
    saveEverySeconds: options.saveEvery,
    syncEverySeconds: options.syncEvery,
    retrySeconds: options.retryEvery,
    heartbeatSeconds: options.heartbeatEvery,
  };
  return { start, open };
}
