import { watchedRun } from '../selectors/run.ts';
import { currentStep } from '../selectors/steps.ts';
import type { Store } from '../store/store.ts';

/**
 * Writes what the page shows into data attributes of the body: run, level, episode, step, playing
 * mode, and the state hash that the re-simulation ended with (hexadecimal). Scripts and tests read them.
 */
export function installMarks(store: Store, body: HTMLElement): void {
  const mark = (name: string, selector: (state: ReturnType<Store['get']>) => string | undefined) =>
    store.watch(selector, (value) => {
      if (value === undefined) delete body.dataset[name];
      else body.dataset[name] = value;
    });
  mark('verb', (state) => state.view.verb);
  mark('before', (state) => state.before?.status);
  mark('connection', (state) => state.connection);
  mark('run', (state) => state.runId);
  mark('level', (state) => watchedRun(state)?.levelId);
  mark('status', (state) => watchedRun(state)?.status);
  mark('mode', (state) => state.playback.mode);
  mark('step', (state) => (state.episode ? String(currentStep(state)) : undefined));
  mark('episode', (state) => state.episode?.replay.id);
  mark('origin', (state) => state.episode?.origin.kind);
  mark('episodeLevel', (state) => state.episode?.replay.levelId);
  mark('mission', (state) => state.episode?.replay.mission);
  mark('hash', (state) => state.episode?.finalHash.toString(16).padStart(8, '0'));
  mark('mismatch', (state) => state.episode && String(state.episode.mismatch));
  mark('trial', (state) => state.whatIf.told || undefined);
  mark('proposal', (state) => {
    const { proposal } = state.whatIf;
    return proposal && `${proposal.step}:${proposal.probabilities.join(',')}`;
  });
  mark('changes', (state) => String(state.changes.length));
  mark('updates', (state) => String(state.series.points.at(-1)?.updates ?? 0));
}
