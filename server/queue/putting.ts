import path from 'node:path';
import { checkpointPath, shippedCheckpoints } from '../policy/policyFile.ts';
import type { MemberTask } from '../sweeps/member.ts';
import type { SweepPlan } from '../sweeps/plan.ts';
import { trainingOf } from '../sweeps/trainMember.ts';
import type { TrainingJob } from './jobs.ts';
import type { SharedStorage } from './sharedStorage.ts';
import { copyWhole } from './sweepFolder.ts';

const INIT = 'init.safetensors';

/** The training of a member as it is put into the queue. A checkpoint of one's own goes to the storage, for every worker. */
export function jobOf(
  task: MemberTask,
  { plan, workers }: { plan: SweepPlan; workers: number },
  { build, storage, sweep }: { build: string; storage: SharedStorage; sweep: string },
): TrainingJob {
  const { session, ...rest } = trainingOf(plan, task, { engine: 'auto', workers });
  const { engine: _, runId: __, ...options } = session;
  let { init } = plan;
  if (init !== 'scratch' && !shippedCheckpoints().includes(init)) {
    copyWhole(checkpointPath(init), path.join(storage.sweepFolder(sweep), INIT));
    init = `storage:${INIT}`;
  }
  return {
    ...{ build, storage: storage.id, sweep, name: task.name },
    session: { ...options, curriculum: undefined, init },
    ...rest,
  };
}
