import type { LabTraining } from '../../shared/lab.ts';
import type { MetricPoint } from '../../shared/metrics.ts';
import type { RecordingInfo, RunInfo, SettingsChange } from '../../shared/protocol.ts';
import type { Replay } from '../../shared/replay.ts';
import type { LabTrainings } from '../lab/live/training.ts';
import type { RunManager } from '../runs/manager.ts';
import { type ApiServer, type ApiSocket, arrivalOf, cut, waitingFor } from './connection.ts';
import { crowdSpacing, Fanout } from './fanout.ts';

export interface ViewerLimits {
  /** Messages that may wait for a viewer before it is skipped for episodes. */
  skipBehind: number;
  /** Messages that may wait before it is dropped at once. */
  dropBehind: number;
  /** Seconds for which it may be behind before it is dropped. */
  dropAfter: number;
}

export const VIEWER_LIMITS: ViewerLimits = { skipBehind: 8, dropBehind: 500, dropAfter: 30 };

export interface ViewerCounts {
  episodesSkipped: number;
  dropped: number;
}

const BEHIND = 'behind';
/** Those who have the lab open. */
export const LAB_ROOM = 'lab';
export const CLASS_ROOM = 'class';
export const roomOf = (runId: string) => `run:${runId}`;

/**
 * Tells viewers what happens in the runs that they watch. Nothing queues up for one that reads too
 * slowly: it misses episodes, and after a while its connection. (It comes back by itself, and then
 * gets a fresh snapshot.) Returns counts that go on counting, what tells more, what sends all that was said so far, and
 * what ends it.
 */
export function broadcast(
  io: ApiServer,
  manager: RunManager,
  trainings: LabTrainings,
  limits: ViewerLimits = VIEWER_LIMITS,
): { counts: ViewerCounts; tell: Fanout['tell']; flush: () => void; end: () => void } {
  const counts: ViewerCounts = { episodesSkipped: 0, dropped: 0 };
  const behindSince = new WeakMap<ApiSocket, number>();

  const check = (socket: ApiSocket, now: number): boolean => {
    const waiting = waitingFor(socket);
    if (waiting <= limits.skipBehind) {
      if (behindSince.delete(socket)) void socket.leave(BEHIND);
      return false;
    }
    const since = behindSince.get(socket);
    if (since === undefined) {
      behindSince.set(socket, now);
      void socket.join(BEHIND);
    }
    if (waiting > limits.dropBehind || (now - (since ?? now)) / 1000 > limits.dropAfter) {
      counts.dropped++;
      cut(arrivalOf(socket));
    }
    return true;
  };

  // One that is only behind a little, and then answers no heartbeat, is found by the transport itself.
  const onConnection = (socket: ApiSocket) =>
    void socket.on('disconnect', (reason) => {
      if (reason === 'ping timeout') counts.dropped++;
    });
  io.on('connection', onConnection);

  const timer = setInterval(() => {
    const now = performance.now();
    for (const socket of io.sockets.sockets.values()) check(socket, now);
  }, 1000);
  timer.unref();

  const fanout = new Fanout(io, BEHIND);
  const onState = (run: RunInfo) => fanout.tell('run:state', run, { patient: true });
  const onPoint = (runId: string, point: MetricPoint) =>
    fanout.tell('metrics:point', { runId, point }, { room: roomOf(runId), patient: true });
  const onChanged = (runId: string, change: SettingsChange) =>
    fanout.tell('run:changed', { runId, change }, { room: roomOf(runId) });
  const toldAt = new Map<string, number>();
  const onRemoved = (runId: string) => {
    toldAt.delete(runId);
    fanout.tell('run:removed', { runId });
  };
  const onEpisode = (runId: string, replay: Replay) => {
    const now = performance.now();
    // The next one will be fresher than this one held back; whoever comes next finds it in the snapshot.
    if (now - (toldAt.get(runId) ?? -Infinity) < crowdSpacing(io.sockets.sockets.size)) return;
    toldAt.set(runId, now);
    for (const id of io.sockets.adapter.rooms.get(roomOf(runId)) ?? []) {
      const socket = io.sockets.sockets.get(id);
      if (socket && check(socket, now)) counts.episodesSkipped++;
    }
    fanout.tell('episode:new', { runId, replay }, { room: roomOf(runId), skippable: true });
  };
  const onRecorded = (_: string, recording: RecordingInfo) =>
    fanout.tell('recording:added', recording);
  const onUnrecorded = (_: string, recordingId: string) =>
    fanout.tell('recording:removed', { recordingId });
  const onTraining = (training: LabTraining) =>
    fanout.tell('lab:training', training, { room: LAB_ROOM, skippable: true });
  trainings.on('change', onTraining);
  manager.on('state', onState);
  manager.on('removed', onRemoved);
  manager.on('point', onPoint);
  manager.on('changed', onChanged);
  manager.on('episode', onEpisode);
  manager.on('recorded', onRecorded);
  manager.on('unrecorded', onUnrecorded);
  return {
    counts,
    tell: fanout.tell.bind(fanout),
    flush: () => fanout.flush(),
    end() {
      fanout.flush();
      clearInterval(timer);
      io.off('connection', onConnection);
      trainings.off('change', onTraining);
      manager.off('state', onState);
      manager.off('removed', onRemoved);
      manager.off('point', onPoint);
      manager.off('changed', onChanged);
      manager.off('episode', onEpisode);
      manager.off('recorded', onRecorded);
      manager.off('unrecorded', onUnrecorded);
    },
  };
}
