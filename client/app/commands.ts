import { STARTS } from '../../shared/config.ts';
import type { Replay } from '../../shared/replay.ts';
import type { WhatIfCommands } from '../features/whatIf/whatIf.ts';
import type { Files } from '../net/files.ts';
import { patiently } from '../net/patience.ts';
import type { Session } from '../net/session.ts';
import type { Player } from '../replay/player.ts';
import { NOTHING_TRIED } from '../store/state.ts';
import type { Store } from '../store/store.ts';
import type { Commands } from '../ui/commands.ts';
import { saveFile } from '../ui/saveFile.ts';
import type { Moments } from './moments.ts';
import type { RecordingCommands } from './recordingCommands.ts';

/** Turns what panels ask for into messages to the server and moves of the player. */
export function createCommands(
  store: Store,
  session: Session,
  player: Player,
  whatIf: WhatIfCommands,
  moments: Moments,
  files: Files,
  show: {
    help(): Promise<void>;
    picture(replay: Replay): string;
    class(lead: boolean): void;
  },
): Commands {
  const { send, attempt, notify } = session;
  const withRun = (action: (runId: string) => Promise<unknown>) => {
    const { runId } = store.get();
    if (runId !== undefined) attempt(() => action(runId));
  };
  const current = () => {
    const { runId } = store.get();
    if (runId === undefined) throw new Error('There is no run to change yet.');
    return runId;
  };

  const whatIfSubgoal = () => store.get().whatIf.subgoal;

  const handOut = async (replay: Replay) =>
    (await import('../features/recordings/files.ts')).downloadReplay(replay);
  let library: (() => void) | undefined;
  /** What can be done to recordings comes when somebody asks for it. */
  const later = (act: (own: RecordingCommands) => Promise<unknown>) =>
    attempt(async () => {
      const { recordingCommands } = await import('./recordingCommands.ts');
      await act(recordingCommands(store, session, player.open));
    });
  const commands: Commands = {
    createRun(levelId) {
      // A person who picks a mission wants to see it.
      store.dispatch({ type: 'view', patch: { verb: 'watch' } });
      attempt(() => session.createRun(levelId));
    },
    watchRun: (runId) => attempt(() => session.watch(runId)),
    stopRun: (runId) => attempt(() => send('run:stop', { runId })),
    deleteRun: (runId) =>
      attempt(async () => {
        const { name } = store.get().runs[runId] ?? {};
        const { forks = [] } = await send('run:delete', { runId });
        const names = forks.map((id) => store.get().runs[id]?.name ?? id);
        if (names.length > 0)
          notify(
            'good',
            `${name} is deleted. What branched off from it stays whole: ${names.join(', ')}.`,
          );
      }),
    forkFrom: (run, checkpoint) =>
      attempt(async () => {
        await session.createFrom({ fork: { run, checkpoint } });
        notify('good', 'This is the fork: what you change now leaves the other run as it is.');
      }),
    compareWithParent: (runId) =>
      attempt(async () => {
        const { comparisonWithParent } = await import('../features/runs/family.ts');
        const comparison = comparisonWithParent(store.get().runs, runId);
        if (comparison) store.dispatch({ type: 'view', patch: { verb: 'compare', comparison } });
      }),
    pauseTraining: () =>
      withRun(async (runId) => {
        const { run } = await send('run:pause', { runId });
        store.dispatch({ type: 'run', run });
      }),
    resumeTraining: () =>
      withRun(async (runId) => {
        const { run } = await send('run:resume', { runId });
        store.dispatch({ type: 'run', run });
      }),
    async setRewards(rewards) {
      const { run } = await send('run:rewards', { runId: current(), rewards });
      store.dispatch({ type: 'run', run });
    },
    async setSettings(settings) {
      const { run } = await send('run:settings', { runId: current(), settings });
      store.dispatch({ type: 'run', run });
    },

    togglePlay: player.togglePlay,
    goLive: player.goLive,
    stepBy: player.stepBy,
    episodeBy: player.episodeBy,
    togglePlayYourself() {
      if (store.get().episode?.origin.kind === 'person') whatIf.leaveBranch();
      else {
        // A new episode is no branch of the one on the stage.
        store.dispatch({ type: 'whatIf', patch: { ...NOTHING_TRIED, subgoal: whatIfSubgoal() } });
        player.takeOver();
      }
    },
    act: player.act,
    ...whatIf,
    leaveBranch() {
      // Escape leads out of the innermost place.
      const { view, whatIf: tried, episode } = store.get();
      const kind = episode?.origin.kind;
      const onBranch = tried.aim || tried.from || kind === 'person' || kind === 'whatif';
      if (view.verb === 'compare') this.chooseVerb('watch');
      else if (view.lesson && !onBranch)
        store.dispatch({ type: 'view', patch: { lesson: undefined } });
      else whatIf.leaveBranch();
    },
    setSpeed: player.setSpeed,
    seek: player.seek,
    setLayers: (patch) => store.dispatch({ type: 'layers', patch }),
    toggleLayer: (id) =>
      store.dispatch({ type: 'layers', patch: { [id]: !store.get().view.layers[id] } }),
    markLoop: (mark) => player.markLoop(mark),
    setLoop: (loop) => player.setLoop(loop),
    showEpisode: (id) =>
      attempt(async () => {
        if (!(await moments.show(id))) notify('info', 'This episode is no longer kept.');
      }),
    async pictureOf(id) {
      const replay = await moments.replayOf(id);
      return replay && show.picture(replay);
    },

    async describeRun(patch) {
      const { run } = await send('run:describe', { runId: current(), ...patch });
      store.dispatch({ type: 'run', run });
    },
    listCheckpoints: async (runId) => (await send('checkpoint:list', { runId })).checkpoints,
    downloadFile: async (path, name) => saveFile(await files.get(path), name),
    async uploadPolicy(file) {
      const { uploadedCheckpointSchema } = await import('../../shared/checkpoints.ts');
      return uploadedCheckpointSchema.parse(await files.send('/api/checkpoints', file));
    },
    startFrom(startFrom) {
      store.dispatch({ type: 'view', patch: { startFrom } });
      if (!Object.hasOwn(STARTS, startFrom))
        notify('good', 'The next mission that you pick starts from these weights.');
    },
    share: () =>
      attempt(async () => {
        const { openSharing } = await import('./sharing.ts');
        await openSharing(store, session, () => show.class(true));
      }),

    toggleRecording() {
      const on = !store.get().recording;
      store.dispatch({ type: 'recording:toggle', on });
      if (on)
        notify('good', 'Recording: every episode that you see is kept until you press R again.');
    },
    playRecording: (id) => attempt(() => session.openRecording(id)),
    downloadRecording: (recordingId) =>
      attempt(async () => handOut((await send('recording:get', { recordingId })).replay)),
    deleteRecordings: (ids) => later((own) => own.remove(ids)),
    restoreRecordings: (ids) => later((own) => own.restore(ids)),
    describeRecording: (id, patch) => later((own) => own.describe(id, patch)),
    downloadRecordings: (ids) => later((own) => own.download(ids)),
    async pictureOfRecording(recordingId) {
      // A library asks for many at once.
      const { replay } = await patiently(() => send('recording:get', { recordingId }));
      return show.picture(replay);
    },
    setRecord: (record) =>
      withRun(async (runId) => {
        const { run } = await send('run:record', { runId, record });
        store.dispatch({ type: 'run', run });
      }),
    openLibrary: () =>
      attempt(async () => {
        const { createLibrary } = await import('../features/recordings/library.ts');
        library ??= createLibrary(store, commands);
        library();
      }),
    importRecording: (file) => later((own) => own.import(file)),
    copyRecordingLink: (id) => later((own) => own.copyLink(id)),

    showHelp: () => attempt(show.help),
    toggleLessons() {
      const lesson = store.get().view.lesson ? undefined : ({ id: 'all', screen: 0 } as const);
      store.dispatch({ type: 'view', patch: { lesson } });
    },
    chooseVerb: (verb) => store.dispatch({ type: 'view', patch: { verb } }),
    toggleCompare() {
      const verb = store.get().view.verb === 'compare' ? 'watch' : 'compare';
      store.dispatch({ type: 'view', patch: { verb } });
    },
    chooseCourse: (course) => store.dispatch({ type: 'view', patch: { course } }),
    showBeside(runId) {
      if (runId === undefined) store.dispatch({ type: 'beside', snapshot: undefined });
      else
        attempt(async () => {
          const snapshot = await send('run:watch', { runId });
          store.dispatch({ type: 'beside', snapshot });
          if (store.get().runId !== runId) await send('run:unwatch', { runId });
        });
    },
    chooseMetric: (id) => store.dispatch({ type: 'view', patch: { extraMetric: id } }),
    chooseChartAxis: (chartAxis) => store.dispatch({ type: 'view', patch: { chartAxis } }),
    dismissNotice: (id) => store.dispatch({ type: 'notice:gone', id }),
  };
  return commands;
}
