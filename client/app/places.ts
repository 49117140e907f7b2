import type { Session } from '../net/session.ts';
import type { Player } from '../replay/player.ts';
import { USUAL_LAYERS } from '../store/layers.ts';
import type { Store } from '../store/store.ts';
import { throttled } from '../theme/throttle.ts';
import { formatPlace, isElsewhere, type Place, parsePlace, placeOf } from './address.ts';
import type { Moments } from './moments.ts';

/** Browsers refuse addresses that change more often. */
const WRITE_MS = 400;

export interface PlacesOptions {
  store: Store;
  session: Session;
  player: Player;
  moments: Pick<Moments, 'show'>;
  showSeed: (levelId: string, seed: number, step?: number) => void;
  /** What the page was opened with. */
  start: Place;
}

/**
 * Keeps the page's address up to date with what is shown, so that a copied link shows the same. It goes
 * where "back" and "forward" point.
 */
export function installPlaces({
  store,
  session,
  player,
  moments,
  showSeed,
  start,
}: PlacesOptions): void {
  let isOpen = false;
  let here: Place = start;

  if (start.verb) store.dispatch({ type: 'view', patch: { verb: start.verb } });
  if (start.layers) store.dispatch({ type: 'layers', patch: start.layers });
  const { comparison, lesson } = start;
  if (comparison || lesson) store.dispatch({ type: 'view', patch: { comparison, lesson } });
  store.watch(
    (state) => state.connection === 'online' && state.runId !== undefined,
    (ready) => {
      if (!ready || isOpen) return;
      isOpen = true;
      if (start.recording === undefined) session.attempt(() => showEpisode(start));
      write();
    },
  );

  const write = throttled(WRITE_MS, () => {
    const now = placeOf(store.get());
    const query = formatPlace(now);
    if (query === location.search) return;
    const url = new URL(location.href);
    url.search = query;
    if (isElsewhere(here, now)) history.pushState(null, '', url);
    else history.replaceState(null, '', url);
    here = now;
  });
  store.watch(
    (state) => formatPlace(placeOf(state)),
    () => isOpen && write(),
  );

  addEventListener('popstate', () => {
    const { place } = parsePlace(location.search);
    here = place;
    session.attempt(() => go(place));
  });

  async function go(place: Place): Promise<void> {
    const { layers, verb } = place;
    store.dispatch({ type: 'layers', patch: layers ?? USUAL_LAYERS });
    const { comparison = store.get().view.comparison, lesson } = place;
    store.dispatch({ type: 'view', patch: { verb: verb ?? 'watch', comparison, lesson } });
    if (place.run !== undefined && place.run !== store.get().runId) await session.watch(place.run);
    if (place.recording !== undefined) await session.openRecording(place.recording, place.step);
    else if (!(await showEpisode(place))) player.goLive();
  }

  /** Shows the episode that is meant, or plays its level and seed; false where none is. */
  async function showEpisode({ episode, level, seed, step }: Place): Promise<boolean> {
    if (episode !== undefined && (await moments.show(episode, step ?? 0))) {
      if (step !== undefined) player.hold();
      return true;
    }
    const canPlay = level !== undefined && seed !== undefined;
    if (episode !== undefined)
      session.notify(
        'info',
        canPlay
          ? 'The link’s episode is no longer kept: the newest policy plays its world again.'
          : 'The link’s episode is no longer kept; the run is shown as it is now.',
      );
    if (!canPlay) return false;
    showSeed(level, seed, step);
    return true;
  }
}
