import type { CommandName, CommandPayload, CommandResult } from '../../shared/protocol.ts';
import { RequestError } from '../../shared/requestError.ts';
import { completeMission } from '../levels/missions.ts';
import { MAX_RECORDING_BYTES, MAX_RECORDINGS } from '../storage/store.ts';
import type { Announce, ApiDeps, ClassDeps } from './deps.ts';
import { RECORDINGS_A_PAGE } from './limits.ts';

/** The one who sent a command. */
export interface Sender {
  /** Names this connection alone. */
  id: string;
  address: string;
  watch(runId: string): void;
  unwatch(runId: string): void;
  /** Whether it is told of the lab. */
  watchLab(on: boolean): void;
  /** Its token is for control. */
  isOwner: boolean;
  /** Whether it is told of the class. */
  watchClass(on: boolean): void;
}

export type CommandHandlers = {
  [C in CommandName]: (
    payload: CommandPayload<C>,
    sender: Sender,
  ) => CommandResult[C] | Promise<CommandResult[C]>;
};

/** What each command does. Payloads are checked before they come here; errors are answered elsewhere. */
export function createHandlers(
  deps: ApiDeps,
  announce: Announce,
  classroom: ClassDeps,
): CommandHandlers {
  const { manager, plays, store, levels, worlds, lab, access, reach } = deps;
  const keep = (replay: Parameters<typeof store.saveRecording>[0]) => {
    const { count, bytes } = store.recordingTotals();
    if (count >= MAX_RECORDINGS || bytes >= MAX_RECORDING_BYTES)
      throw new RequestError(
        'too-many',
        `This server keeps at most ${MAX_RECORDINGS} recordings and ${MAX_RECORDING_BYTES / 1e6} MB of them (it has ${count}, ${Math.round(bytes / 1e6)} MB); delete some first.`,
      );
    const { recording, added } = store.saveRecording(replay, Date.now());
    if (added) announce.recordingAdded(recording);
    return { recording };
  };
  return {
    'level:list': () => ({ levels: [...levels] }),
    'mission:check': ({ sentence, layout, allowImpossible }, sender) =>
      sentence !== undefined
        ? worlds.prove(
            { text: `mission:${sentence}`, field: 'sentence', allowImpossible, sent: sentence },
            sender,
          )
        : worlds.prove(
            { text: `layout:${layout}`, field: 'layout', allowImpossible, sent: layout },
            sender,
          ),
    'mission:complete': ({ prefix }) => ({ completions: completeMission(prefix) }),
    'server:reach': () => ({ addresses: reach(), needsToken: access.needsToWatch }),
    'run:list': () => ({ runs: manager.list(), defaultRunId: manager.defaultRunId }),
    'run:create': async (request) => ({ run: await manager.create(request) }),
    'run:watch': ({ runId }, sender) => {
      const snapshot = manager.archive.snapshot(runId);
      sender.watch(runId);
      return snapshot;
    },
    'run:unwatch': ({ runId }, sender) => {
      sender.unwatch(runId);
      return {};
    },
    'run:pause': async ({ runId }) => ({ run: await manager.pause(runId) }),
    'run:resume': async ({ runId }) => ({ run: await manager.resume(runId) }),
    'run:stop': async ({ runId }) => ({ run: await manager.stop(runId) }),
    'run:delete': async ({ runId }) => {
      const forks = manager.forksOf(runId);
      const isGone = await manager.delete(runId);
      return { ...(!isGone && { pending: true as const }), ...(forks.length > 0 && { forks }) };
    },
    'run:describe': ({ runId, ...patch }) => ({ run: manager.describe(runId, patch) }),
    'checkpoint:list': ({ runId }) => ({ checkpoints: manager.archive.checkpoints(runId) }),
    'run:settings': ({ runId, settings }) => ({ run: manager.setSettings(runId, settings) }),
    'run:rewards': ({ runId, rewards }) => ({ run: manager.setRewards(runId, rewards) }),
    'run:record': ({ runId, record }) => ({ run: manager.setRecord(runId, record) }),
    'episode:play': async (request, sender) => ({ replay: await plays.play(request, sender) }),
    'episode:list': ({ runId }) => ({ moments: manager.archive.moments(runId) }),
    'episode:get': ({ runId, episodeId }) => {
      const replay = manager.archive.episode(runId, episodeId);
      const playedBy = manager.archive.playedBy(replay);
      return { replay, ...(playedBy && { playedBy }) };
    },
    'episode:hold': ({ runId, episodeId }) => ({ held: manager.archive.hold(runId, episodeId) }),
    'recording:save': ({ runId, episodeId }) => keep(manager.archive.episode(runId, episodeId)),
    'recording:import': async ({ replay }, sender) => {
      const verdict = await worlds.verify(replay, sender);
      if (!verdict.ok)
        throw new RequestError(
          'bad-request',
          `This replay is not what the level does: ${verdict.difference}`,
          'replay',
        );
      return keep(replay);
    },
    'recording:list': ({ limit, before }) =>
      store.listRecordings(limit ?? RECORDINGS_A_PAGE, before),
    'recording:get': ({ recordingId }) => {
      const replay = store.getRecording(recordingId);
      if (!replay) throw noRecording(recordingId);
      return { replay };
    },
    'recording:delete': ({ recordingId }) => {
      if (!store.deleteRecording(recordingId, Date.now())) throw noRecording(recordingId);
      announce.recordingRemoved(recordingId);
      return {};
    },
    'recording:describe': ({ recordingId, ...patch }) => {
      const recording = store.describeRecording(recordingId, patch);
      if (!recording) throw noRecording(recordingId);
      announce.recordingAdded(recording);
      return { recording };
    },
    'recording:restore': ({ recordingId }) => {
      const recording = store.restoreRecording(recordingId);
      if (!recording) throw noRecording(recordingId);
      announce.recordingAdded(recording);
      return { recording };
    },
    'class:join': (request, sender) => {
      const joined = classroom.join(sender.id, sender.isOwner, request);
      sender.watchClass(true);
      return joined;
    },
    'class:leave': (_, sender) => {
      sender.watchClass(false);
      classroom.leave(sender.id);
      return {};
    },
    'class:ask': (_, sender) => {
      classroom.ask(sender.id);
      return {};
    },
    'class:give': ({ member }, sender) => {
      classroom.give(sender.id, member);
      return {};
    },
    'class:refuse': ({ member }, sender) => {
      classroom.refuse(sender.id, member);
      return {};
    },
    'class:show': (shown, sender) => {
      classroom.show(sender.id, shown);
      return {};
    },
    'lab:open': async (_, sender) => {
      sender.watchLab(true);
      return lab.open(sender);
    },
    'lab:close': (_, sender) => {
      sender.watchLab(false);
      return {};
    },
    'lab:puzzle': (request, sender) => lab.puzzle(request, sender),
    'lab:think': (request, sender) => lab.think(request, sender),
    'lab:oneBlank': ({ model }, sender) => lab.oneBlank(model, sender),
    'lab:train': (request) => ({ training: lab.trainings.start(request) }),
    'lab:stop': () => ({ training: lab.trainings.stop() }),
  };
}

export function noRecording(recordingId: string): RequestError {
  return new RequestError('not-found', `There is no recording ${recordingId}.`, 'recordingId');
}
