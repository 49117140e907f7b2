import type { CommandName, CommandPayload, CommandResult } from '../../shared/protocol.ts';
import { RequestError } from '../runs/manager.ts';
import { checkMission, completeMission } from '../runs/missions.ts';
import type { Announce, ApiDeps } from './deps.ts';
import { MAX_RECORDINGS } from './limits.ts';

/** The one who sent a command. */
export interface Sender {
  /** Of this connection alone. */
  id: string;
  address: string;
  watch(runId: string): void;
  unwatch(runId: string): void;
}

export type CommandHandlers = {
  [C in CommandName]: (
    payload: CommandPayload<C>,
    sender: Sender,
  ) => CommandResult[C] | Promise<CommandResult[C]>;
};

/** Commands that those may send who only watch. */
export const WATCH_COMMANDS: ReadonlySet<CommandName> = new Set([
  'level:list',
  'mission:complete',
  'run:list',
  'run:watch',
  'run:unwatch',
  'episode:play',
  'recording:list',
  'recording:get',
]);

/** What each command does. Payloads are checked before they come here; errors are answered elsewhere. */
export function createHandlers(deps: ApiDeps, announce: Announce): CommandHandlers {
  const { manager, plays, store, levels, verifyReplay } = deps;
  const keep = (replay: Parameters<typeof store.saveRecording>[0]) => {
    if (store.countRecordings() >= MAX_RECORDINGS)
      throw new RequestError(
        'too-many',
        `This server keeps at most ${MAX_RECORDINGS} recordings; delete some first.`,
      );
    const { recording, added } = store.saveRecording(replay, Date.now());
    if (added) announce.recordingAdded(recording);
    return { recording };
  };
  return {
    'level:list': () => ({ levels: [...levels] }),
    'mission:check': (request) => checkMission(request),
    'mission:complete': ({ prefix }) => ({ completions: completeMission(prefix) }),
    'run:list': () => ({ runs: manager.list(), defaultRunId: manager.defaultRunId }),
    'run:create': async (request) => ({ run: await manager.create(request) }),
    'run:watch': ({ runId }, sender) => {
      const snapshot = manager.snapshot(runId);
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
      await manager.delete(runId);
      return {};
    },
    'run:settings': ({ runId, settings }) => ({ run: manager.setSettings(runId, settings) }),
    'run:rewards': ({ runId, rewards }) => ({ run: manager.setRewards(runId, rewards) }),
    'episode:play': async (request, { id }) => ({ replay: await plays.play(request, id) }),
    'recording:save': ({ runId, episodeId }) => keep(manager.episode(runId, episodeId)),
    'recording:import': ({ replay }) => {
      const verdict = verifyReplay(replay);
      if (!verdict.ok)
        throw new RequestError(
          'bad-request',
          `This replay is not what the level does: ${verdict.difference}`,
          'replay',
        );
      return keep(replay);
    },
    'recording:list': () => ({ recordings: store.listRecordings() }),
    'recording:get': ({ recordingId }) => {
      const replay = store.getRecording(recordingId);
      if (!replay) throw noRecording(recordingId);
      return { replay };
    },
    'recording:delete': ({ recordingId }) => {
      if (!store.deleteRecording(recordingId)) throw noRecording(recordingId);
      announce.recordingRemoved(recordingId);
      return {};
    },
  };
}

export function noRecording(recordingId: string): RequestError {
  return new RequestError('not-found', `There is no recording ${recordingId}.`, 'recordingId');
}
