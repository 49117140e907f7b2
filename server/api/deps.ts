import type { Logger } from 'pino';
import type { LevelSummary, RecordingInfo } from '../../shared/protocol.ts';
import type { LabService } from '../lab/live/service.ts';
import type { Worlds } from '../levels/worlds.ts';
import type { RunManager } from '../runs/manager.ts';
import type { PlayService } from '../runs/play/service.ts';
import type { RunStore } from '../storage/store.ts';
import type { Access } from './access.ts';
import type { Classroom } from './classroom.ts';

/** All that routes and sockets work with; handed in by the one who composes the server. */
export interface ApiDeps {
  manager: RunManager;
  plays: PlayService;
  store: RunStore;
  levels: readonly LevelSummary[];
  /** Draws, proves and verifies. */
  worlds: Worlds;
  /** Thinks about puzzles, and trains on them. */
  lab: LabService;
  access: Access;
  /** Addresses at which other machines reach this server. */
  reach: () => string[];
  log: Logger;
  version: string;
}

/** The class, as commands reach it. */
export type ClassDeps = Pick<Classroom, 'join' | 'leave' | 'ask' | 'give' | 'refuse' | 'show'>;

/** What a command's sender caused that others should hear of. */
export interface Announce {
  recordingAdded(recording: RecordingInfo): void;
  recordingRemoved(recordingId: string): void;
}
