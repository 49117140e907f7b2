import { CURRICULA } from '../../shared/curricula.ts';
import type { CommandInput, RecordingInfo, RunInfo } from '../../shared/protocol.ts';
import type { Replay } from '../../shared/replay.ts';
import type { EpisodeOrigin } from '../store/frames.ts';
import type { Notice } from '../store/state.ts';
import type { Store } from '../store/store.ts';
import { CommandError, type Connection, connect, type SendCommand } from './connection.ts';

const NOTICE_MS = 6000;
const BAD_NOTICE_MS = 12_000;
/** A snapshot that takes longer than this comes over a slow line. */
const FORETELL_MS = 500;

/** The link between the server and the store: what to ask when, and where answers go. */
export interface Session {
  send: SendCommand;
  watch(runId: string): Promise<void>;
  /** Makes a run and watches it; `allowImpossible`: even where the expert never solves the level. */
  createRun(levelId: string, allowImpossible?: boolean): Promise<void>;
  /** The same from all that can be said of a run. */
  createFrom(recipe: CommandInput<'run:create'>): Promise<void>;
  /** Plays a recording; held at a step where one is given. */
  openRecording(id: string, step?: number): Promise<void>;
  /** Saves an episode of the watched run; quiet where it is saved already. */
  save(replay: Replay): Promise<void>;
  notify(tone: Notice['tone'], text: string, action?: Notice['action']): void;
  /** Runs something that may be refused, and shows why if it is. */
  attempt(action: () => Promise<unknown>): void;
}

/** The part of a link that the session follows. */
export interface StartPlace {
  run?: string;
  recording?: string;
  step?: number;
}

export interface SessionOptions {
  store: Store;
  /** What a link asked for first, and the token that it brought. */
  address: { token: string | undefined; place: StartPlace };
  /** Shows a replay that was asked for by hand. */
  open: (replay: Replay, origin: EpisodeOrigin, step?: number) => void;
}

export function createSession({ store, address, open }: SessionOptions): Session {
  let notices = 0;
  const saved = new Set<string>();
  let linked: StartPlace | undefined = address.place;

  const connection: Connection = connect(address.token, {
    onOnline: () => session.attempt(catchUp),
    onOffline: (message) => {
      // Before the first connection the stage says what is going on.
      const first = store.get().connection === 'connecting';
      if (!first) store.dispatch({ type: 'connection', status: 'reconnecting', message });
    },
    onRefused: (message) => store.dispatch({ type: 'connection', status: 'refused', message }),
    events: {
      'run:state': (run) => store.dispatch({ type: 'run', run }),
      // Another run may have to be watched now.
      'run:removed': () => session.attempt(catchUp),
      'metrics:point': ({ runId, point }) => store.dispatch({ type: 'point', runId, point }),
      'episode:new': ({ runId, replay }) => store.dispatch({ type: 'episode', runId, replay }),
      'run:changed': ({ runId, change }) => store.dispatch({ type: 'change', runId, change }),
      'class:state': (state) => store.dispatch({ type: 'class', patch: { state } }),
      'class:shown': (shown) => store.dispatch({ type: 'class', patch: { shown } }),
      'recording:added': (recording) => store.dispatch({ type: 'recording:added', recording }),
      'recording:removed': ({ recordingId }) =>
        store.dispatch({ type: 'recording:removed', recordingId }),
    },
  });

  /** After every connect: everything that may have changed meanwhile. */
  async function catchUp(): Promise<void> {
    const { send } = connection;
    // First what the stage needs: on a slow line the lists would keep it waiting.
    const { runs, defaultRunId } = await send('run:list', {});
    store.dispatch({ type: 'connection', status: 'online' });
    store.dispatch({ type: 'runs', runs });
    const wanted = linked;
    linked = undefined;
    const { recording } = wanted ?? {};
    if (recording !== undefined)
      session.attempt(() => session.openRecording(recording, wanted?.step));
    const asked = address.place.run;
    if (wanted && asked !== undefined && !runs.some((run) => run.id === asked))
      session.notify('info', `The link’s run ${asked} is not on this server; this is another one.`);
    const runId = runToWatch(runs, store.get().runId ?? asked, defaultRunId);
    const run = runs.find(({ id }) => id === runId);
    const slow = run && setTimeout(() => foretell(run), FORETELL_MS);
    const watching = runId === undefined ? undefined : session.watch(runId);
    const lists = Promise.all([send('level:list', {}), newestRecordings(send)]);
    await watching?.finally(() => clearTimeout(slow));
    const [{ levels }, recordings] = await lists;
    store.dispatch({ type: 'levels', levels });
    store.dispatch({ type: 'recordings', recordings });
  }

  /** The run as far as the list knows it, so that the expert can show its mission while the rest is on its way. */
  function foretell(run: RunInfo): void {
    if (store.get().runId !== undefined) return;
    const snapshot = { run, metrics: [], changes: [], episodes: [] };
    store.dispatch({ type: 'watch', snapshot });
  }

  const session: Session = {
    send: connection.send,
    async watch(runId) {
      const previous = store.get().runId;
      const snapshot = await connection.send('run:watch', { runId });
      store.dispatch({ type: 'watch', snapshot });
      if (previous === undefined || previous === runId) return;
      store.dispatch({ type: 'playback', patch: { mode: 'live' } });
      await connection.send('run:unwatch', { runId: previous });
    },
    async createRun(levelId, allowImpossible) {
      const { startFrom: init, learnBy } = store.get().view;
      const curriculum = init === 'scratch' ? CURRICULA[levelId] : undefined;
      await session.createFrom({
        levelId,
        allowImpossible,
        init,
        ...(learnBy === 'usual' ? {} : { learning: learnBy }),
        ...(curriculum ? { curriculum: [...curriculum] } : {}),
      });
    },
    async createFrom(recipe) {
      const { levelId = store.get().runs[recipe.fork?.run ?? '']?.levelId } = recipe;
      store.dispatch({ type: 'opening', levelId });
      store.dispatch({ type: 'playback', patch: { mode: 'live' } });
      try {
        const { run } = await connection.send('run:create', recipe);
        store.dispatch({ type: 'run', run });
        await session.watch(run.id);
      } catch (error) {
        store.dispatch({ type: 'opening', levelId: undefined });
        const { runId } = store.get();
        // Back to what was on the stage before.
        if (runId !== undefined) session.attempt(() => session.watch(runId));
        throw error;
      }
    },
    async openRecording(id, step) {
      const { replay } = await connection.send('recording:get', { recordingId: id });
      open(replay, { kind: 'recording', id }, step);
      if (step !== undefined) store.dispatch({ type: 'playback', patch: { mode: 'paused' } });
    },
    async save(replay) {
      const { runId } = store.get();
      if (runId === undefined || saved.has(replay.id)) return;
      saved.add(replay.id);
      try {
        const { recording } = await saveOrImport(connection.send, runId, replay);
        store.dispatch({ type: 'recording:added', recording });
      } catch (error) {
        saved.delete(replay.id);
        throw error;
      }
    },
    notify(tone, text, action) {
      const id = ++notices;
      store.dispatch({ type: 'notice', notice: { id, tone, text, ...(action && { action }) } });
      setTimeout(
        () => store.dispatch({ type: 'notice:gone', id }),
        tone === 'bad' || action ? BAD_NOTICE_MS : NOTICE_MS,
      );
    },
    attempt(action) {
      action().catch((error: Error) => session.notify('bad', error.message));
    },
  };
  return session;
}

/** The server keeps only a run's newest episodes; an older one is handed in as a document. */
async function saveOrImport(send: SendCommand, runId: string, replay: Replay) {
  try {
    return await send('recording:save', { runId, episodeId: replay.id });
  } catch (error) {
    if (!(error instanceof CommandError) || error.code !== 'not-found') throw error;
    return send('recording:import', { replay });
  }
}

/** The run to watch: the one asked for, the server's default, else the newest. */
export function runToWatch(
  runs: readonly Pick<RunInfo, 'id' | 'createdAt'>[],
  asked: string | undefined,
  defaultRunId: string | undefined,
): string | undefined {
  for (const id of [asked, defaultRunId]) {
    if (id !== undefined && runs.some((run) => run.id === id)) return id;
  }
  return [...runs].sort((a, b) => b.createdAt - a.createdAt)[0]?.id;
}

/** Pages of the list of recordings that are asked for: the newest thousand. */
const PAGES = 5;

async function newestRecordings(send: SendCommand): Promise<RecordingInfo[]> {
  const all: RecordingInfo[] = [];
  let before: string | undefined;
  for (let page = 0; page < PAGES; page++) {
    const { recordings, next } = await send('recording:list', { before });
    all.push(...recordings);
    if (next === undefined) break;
    before = next;
  }
  return all;
}
