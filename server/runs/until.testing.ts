import type { RunInfo } from '../../shared/protocol.ts';
import type { RunManager } from './manager.ts';

/** Resolves with the run's state once `condition` holds for it. */
export function until(
  manager: RunManager,
  runId: string,
  condition: (run: RunInfo) => boolean,
): Promise<RunInfo> {
  return new Promise((resolve) => {
    const check = (run: RunInfo) => {
      if (run.id !== runId || !condition(run)) return;
      manager.off('state', check);
      resolve(run);
    };
    manager.on('state', check);
    check(manager.get(runId));
  });
}
