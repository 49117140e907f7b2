import type { ClassPlace, ClassShown } from '../../../shared/classroom.ts';
import type { Replay } from '../../../shared/replay.ts';
import type { SendCommand } from '../../net/connection.ts';
import { isHolder } from '../../selectors/classroom.ts';
import type { EpisodeOrigin } from '../../store/frames.ts';
import { LAYER_IDS, layersWhere } from '../../store/layers.ts';
import type { State } from '../../store/state.ts';
import type { Store } from '../../store/store.ts';
import { recall, remember } from '../../theme/memory.ts';
import { throttled } from '../../theme/throttle.ts';
import type { Commands } from '../../ui/commands.ts';
import { createClassBar } from './classBar.ts';

/** Between two times that the class is told what is on the stage. */
const SHOW_MS = 150;
/** A follower that is this many steps off is set right; less is the way that messages take. */
const MOST_STEPS_OFF = 1.5;
const NAME_KEY = 'planner-doer-name';

/** Whoever does one of these goes its own way. */
const OWN_WAY = [
  ...['togglePlay', 'goLive', 'stepBy', 'episodeBy', 'seek', 'setSpeed', 'setLayers'],
  ...['toggleLayer', 'markLoop', 'setLoop', 'showEpisode', 'playRecording', 'watchRun'],
  ...['touchCell', 'takeOverHere', 'togglePlayYourself', 'chooseVerb', 'toggleCompare'],
] as const;

export interface ClassroomOptions {
  store: Store;
  session: {
    send: SendCommand;
    watch(runId: string): Promise<void>;
    attempt(action: () => Promise<unknown>): void;
    notify(tone: 'info' | 'good' | 'bad', text: string): void;
  };
  commands: Commands;
  open(replay: Replay, origin: EpisodeOrigin, step?: number): void;
  /** The document of an episode of the watched run; undefined where it is no longer kept. */
  replayOf(id: string): Promise<Replay | undefined>;
}

/**
 * The class of the server: who controls says what is on the stage, the others follow, may look around by themselves and
 * return. Returns how to join: in control, or to watch.
 */
export function createClassroom(
  host: HTMLElement,
  { store, session, commands, open, replayOf }: ClassroomOptions,
): (lead: boolean) => void {
  const { send, attempt, notify } = session;
  let isIn = false;
  let sent: Replay | undefined;
  let shownDocument: Replay | undefined;
  let turn = 0;

  const join = async (lead: boolean, name = recall(NAME_KEY)) => {
    const joined = await send('class:join', { ...(name && { name }), ...(lead && { lead }) });
    isIn = true;
    sent = undefined;
    const { you, state, shown } = joined;
    store.dispatch({ type: 'class', patch: { you, state, shown } });
  };

  const bar = createClassBar(host, store, {
    rename(name) {
      remember(NAME_KEY, name);
      attempt(() => join(false, name));
    },
    ask: () => attempt(() => send('class:ask', {})),
    give: (member) => attempt(() => send('class:give', { member })),
    refuse: (member) => attempt(() => send('class:refuse', { member })),
    returnToLive() {
      store.dispatch({ type: 'class', patch: { follows: true } });
      follow();
    },
    leave() {
      isIn = false;
      store.dispatch({ type: 'class', patch: undefined });
      attempt(() => send('class:leave', {}));
    },
    said: (text) => notify('good', text),
  });

  // A new connection is nobody in the class yet.
  store.watch(
    (state) => state.connection === 'online',
    (online) => {
      if (online && isIn) attempt(() => join(false));
    },
  );

  const tell = throttled(SHOW_MS, () => {
    const state = store.get();
    if (!isHolder(state)) return;
    const shown = shownOn(state, sent);
    if (shown.place.document !== undefined) sent = state.episode?.replay;
    send('class:show', shown).catch(() => {
      // Control has just gone to another.
      sent = undefined;
    });
  });
  store.watch(
    (state) => (isHolder(state) ? placeText(state) : ''),
    (text) => text !== '' && tell(),
  );
  store.watch((state) => state.episode, tell);
  store.watch(isHolder, (holds, { classroom }) => {
    sent = undefined;
    if (holds) notify('good', 'You control the class now: the others see what you see.');
    else if (classroom) store.dispatch({ type: 'class', patch: { follows: true } });
  });

  store.watch(
    ({ classroom }) => classroom?.shown,
    () => follow(),
  );

  function follow(): void {
    const state = store.get();
    const { classroom } = state;
    if (!classroom?.shown || !classroom.follows || isHolder(state)) return;
    const { shown } = classroom;
    const own = ++turn;
    attempt(async () => {
      const { place } = shown;
      if (place.run !== undefined && place.run !== store.get().runId)
        await session.watch(place.run);
      const found = await episodeOf(shown);
      if (own !== turn || !store.get().classroom?.follows) return;
      const { view, episode } = store.get();
      if (view.verb !== 'watch') store.dispatch({ type: 'view', patch: { verb: 'watch' } });
      const layers = layersWhere((id) => place.layers.includes(id));
      if (LAYER_IDS.some((id) => layers[id] !== view.layers[id]))
        store.dispatch({ type: 'layers', patch: layers });
      if (found && found.replay !== episode?.replay) open(found.replay, found.origin, place.step);
      const { playback } = store.get();
      const mode = place.playing ? 'playing' : 'paused';
      const isOff =
        mode !== playback.mode ||
        mode === 'paused' ||
        Math.abs(playback.cursor - place.step) > MOST_STEPS_OFF;
      const cursor = isOff ? { cursor: place.step, held: 0 } : {};
      store.dispatch({
        type: 'playback',
        patch: { mode, speed: place.speed, loop: undefined, ...cursor },
      });
    });
  }

  /** The episode that is meant, unless it is on the stage. */
  async function episodeOf({
    place,
    replay,
  }: ClassShown): Promise<{ replay: Replay; origin: EpisodeOrigin } | undefined> {
    const { episode, runId } = store.get();
    const origin = episode?.origin;
    if (place.document !== undefined) {
      if (!replay || (shownDocument === replay && episode?.replay === replay)) return undefined;
      shownDocument = replay;
      return { replay, origin: { kind: 'seed' } };
    }
    if (place.recording !== undefined) {
      if (origin?.kind === 'recording' && origin.id === place.recording) return undefined;
      const { replay: found } = await send('recording:get', { recordingId: place.recording });
      return { replay: found, origin: { kind: 'recording', id: place.recording } };
    }
    if (place.episode === undefined || episode?.replay.id === place.episode) return undefined;
    const found = await replayOf(place.episode);
    return found && runId !== undefined
      ? { replay: found, origin: { kind: 'run', runId } }
      : undefined;
  }

  for (const name of OWN_WAY) goOwnWay(commands, name, leaveLive);
  function leaveLive(): void {
    const state = store.get();
    if (!state.classroom?.follows || isHolder(state)) return;
    store.dispatch({ type: 'class', patch: { follows: false } });
  }

  return (lead) =>
    attempt(async () => {
      await join(lead);
      bar.show();
    });
}

/** Lets a command first say that it was called. */
function goOwnWay<N extends (typeof OWN_WAY)[number]>(
  commands: Commands,
  name: N,
  before: () => void,
): void {
  // Cast: the same command with the same arguments; the compiler cannot follow a union of methods.
  const act = commands[name] as unknown as (...given: unknown[]) => void;
  const wrapped = (...given: unknown[]) => {
    before();
    act.apply(commands, given);
  };
  // Cast: as above.
  commands[name] = wrapped as unknown as Commands[N];
}

function placeText(state: State): string {
  return JSON.stringify(placeOn(state));
}

function placeOn({ episode, playback, runId, view }: State): ClassPlace {
  const { cursor, mode, speed } = playback;
  const steps = episode?.replay.outcome.steps ?? 0;
  const step = Math.min(Math.floor(cursor), steps);
  const origin = episode?.origin;
  const id = episode?.replay.id;
  return {
    run: runId,
    ...(origin?.kind === 'run' && { episode: id }),
    ...(origin?.kind === 'recording' && { recording: origin.id }),
    ...(origin && origin.kind !== 'run' && origin.kind !== 'recording' && { document: id }),
    step,
    // At its end a follower waits for the next one.
    playing: mode !== 'paused' && step < steps,
    speed,
    layers: LAYER_IDS.filter((layer) => view.layers[layer]),
  };
}

/** What the class is told; an episode that the server does not keep goes along the first time. */
function shownOn(state: State, sent: Replay | undefined): ClassShown {
  const place = placeOn(state);
  const replay = state.episode?.replay;
  return { place, ...(place.document !== undefined && replay !== sent && { replay }) };
}
