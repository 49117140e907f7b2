import { describeHacking } from '../../shared/hackingAlarm.ts';
import type { LevelSummary, RunInfo, RunStatus } from '../../shared/protocol.ts';
import type { State } from '../store/state.ts';

export { explain as metricTip } from '../../shared/glossary.ts';

export function watchedRun(state: State): RunInfo | undefined {
  return state.runId === undefined ? undefined : state.runs[state.runId];
}

export function watchedLevel(state: State): LevelSummary | undefined {
  const id = watchedRun(state)?.levelId;
  return state.levels.find((level) => level.id === id);
}

/** Whether rewards and settings of the watched run may be changed now. */
export function canSteer(state: State): boolean {
  const status = watchedRun(state)?.status;
  return (
    state.connection === 'online' &&
    (status === 'starting' || status === 'running' || status === 'paused')
  );
}

const STATUS_WORDS: Record<RunStatus, string> = {
  starting: 'Starting',
  running: 'Learning',
  paused: 'Paused',
  stopped: 'Stopped',
  finished: 'Finished',
  failed: 'Failed',
};

export function statusWord(status: RunStatus): string {
  return STATUS_WORDS[status];
}

/** Newest environment steps a second; undefined before the first update. */
export function stepsPerSecond(state: State): number | undefined {
  return state.series.points.at(-1)?.values.stepsPerSecond;
}

/** Runs, those that are under way first, then the newest. */
export function runList(state: State): RunInfo[] {
  const active = (run: RunInfo) => (isActive(run) ? 1 : 0);
  return Object.values(state.runs).sort(
    (a, b) => active(b) - active(a) || b.createdAt - a.createdAt,
  );
}

export function isActive(run: RunInfo): boolean {
  return run.status === 'starting' || run.status === 'running' || run.status === 'paused';
}

export interface Alert {
  tone: 'info' | 'bad';
  text: string;
}

/** The most important problem: no connection, or a failed run. */
export function alertOf(state: State): Alert | undefined {
  if (state.connection === 'reconnecting') {
    const why = state.connectionMessage ? ` (${state.connectionMessage})` : '';
    return { tone: 'info', text: `Connection lost${why}. Trying again…` };
  }
  if (state.connection === 'refused') {
    return {
      tone: 'bad',
      text: `The server does not let this page in: ${state.connectionMessage}`,
    };
  }
  const run = watchedRun(state);
  if (run?.status === 'failed') {
    return {
      tone: 'bad',
      text: `Learning stopped: ${run.message ?? 'the trainer ended unexpectedly.'}`,
    };
  }
  if (run?.alarm) return { tone: 'bad', text: describeHacking(run.alarm) };
  if (run?.message) return { tone: 'info', text: run.message };
  if (run?.status === 'stopped' || run?.status === 'finished') {
    return {
      tone: 'info',
      text: 'This run has ended; its episodes and curves stay. Pick a mission to start another.',
    };
  }
  return undefined;
}
