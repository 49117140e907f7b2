// Longer than most files: it is the table of all commands and events.
import { z } from 'zod';
import { checkpointLineSchema, MAX_NOTE, MAX_TAGS, tagSchema } from './checkpoints.ts';
import { CLASS_COMMANDS, CLASS_EVENTS } from './classroom.ts';
import { LEARNINGS, POLICY_KINDS, PRESET_IDS, settingsPatchSchema } from './config.ts';
import { forkRequestSchema } from './fork.ts';
import { recordPatchSchema } from './intent.ts';
import { LAB_COMMANDS, LAB_EVENTS } from './lab.ts';
import { metricPointSchema } from './metrics.ts';
import { momentSchema, playedBySchema } from './moments.ts';
import { playRequest } from './play.ts';
import { MAX_LEVEL_ID_LENGTH, replaySchema } from './replay.ts';
import { rewardsPatchSchema } from './rewards.ts';
import {
  idSchema,
  levelIdSchema,
  levelSummarySchema,
  missionCheckSchema,
  missionCompletionSchema,
  recordingInfoSchema,
  runInfoSchema,
  runSnapshotSchema,
  seedSchema,
  settingsChangeSchema,
  type WireError,
} from './wire.ts';

export * from './wire.ts';

/**
 * The wire between client and server. Commands go up as Socket.IO events named `noun:verb` with one
 * payload and an acknowledgement; events come down to everyone who watches the run.
 */

const nothing = z.strictObject({});
const runRef = z.strictObject({ runId: idSchema });
const run = z.strictObject({ run: runInfoSchema });
const recording = z.strictObject({ recording: recordingInfoSchema });
const recordingRef = z.strictObject({ recordingId: idSchema });

const nameSchema = z
  .string()
  .min(1)
  .max(80)
  // They would reach the terminals of those who look at logs.
  .regex(/^[^\p{Cc}\p{Zl}\p{Zp}\p{Bidi_Control}]*$/u, 'accepted: no control characters')
  .regex(/[^\s\p{Cf}\p{Mn}]/u, 'accepted: at least one character that can be seen');

const createRunFields = z.strictObject({
  levelId: levelIdSchema
    .optional()
    .describe('May be left out in a fork, which then keeps its own.'),
  allowImpossible: z
    .boolean()
    .optional()
    .describe('Train on a mission made by hand even where the bot never solves it.'),
  name: nameSchema.optional(),
  init: idSchema
    .optional()
    .describe('A shipped checkpoint’s name, a saved checkpoint’s id, or `scratch`.'),
  fork: forkRequestSchema.optional(),
  curriculum: z
    .array(levelIdSchema)
    .min(1)
    .max(15)
    .optional()
    .describe('Easier levels to train on beside it, an equal share of the worlds each.'),
  learning: z
    .enum(LEARNINGS)
    .optional()
    .describe(
      'How it learns; by default by self-cloning where only the mission is paid and `init` was taught many missions, else by PPO.',
    ),
  policy: z.enum(POLICY_KINDS).optional(),
  preset: z.enum(PRESET_IDS).optional(),
  seed: seedSchema.optional(),
  settings: settingsPatchSchema.optional(),
  rewards: rewardsPatchSchema.optional(),
});

export const createRunSchema = createRunFields.refine(
  ({ levelId, fork }) => levelId !== undefined || fork !== undefined,
  { path: ['levelId'], message: 'accepted: a level’s id; only a fork may leave it out' },
);

/** One command of the protocol. */
interface Command {
  /** Whether those may send it who only watch. */
  right: 'watch' | 'control';
  payload: z.ZodObject;
  /** What the acknowledgement carries. */
  data: z.ZodType;
  /** For the protocol page. */
  help: string;
}

/** Every command. The acknowledgement is `{ok: true, data}` or `{ok: false, error}`. */
export const COMMANDS = {
  'level:list': {
    right: 'watch',
    payload: nothing,
    data: z.strictObject({ levels: z.array(levelSummarySchema) }),
    help: 'All registered levels.',
  },
  'mission:check': {
    right: 'control',
    payload: z
      .strictObject({
        sentence: z.string().max(MAX_LEVEL_ID_LENGTH).optional(),
        layout: z.string().max(MAX_LEVEL_ID_LENGTH).optional(),
        allowImpossible: z.boolean().optional(),
      })
      .refine(({ sentence, layout }) => (sentence === undefined) !== (layout === undefined), {
        message: 'accepted: either sentence or layout',
      }),
    data: missionCheckSchema,
    help: 'Either `sentence` (options may follow a question mark) or `layout`. The bot tries it.',
  },
  'mission:complete': {
    right: 'watch',
    payload: z.strictObject({ prefix: z.string().max(MAX_LEVEL_ID_LENGTH) }),
    data: z.strictObject({ completions: z.array(missionCompletionSchema) }),
    help: '`prefix` is what has been typed.',
  },
  'server:reach': {
    right: 'watch',
    payload: nothing,
    data: z.strictObject({
      addresses: z
        .array(z.string())
        .describe('Best first; none where only this machine reaches it.'),
      needsToken: z.boolean().describe('Whether watching needs a token.'),
    }),
    help: 'How other machines reach this server.',
  },
  'run:list': {
    right: 'watch',
    payload: nothing,
    data: z.strictObject({
      runs: z.array(runInfoSchema),
      defaultRunId: z.string().optional(),
    }),
    help: 'Newest first. `defaultRunId` is the run that a newcomer should see.',
  },
  'run:watch': {
    right: 'watch',
    payload: runRef,
    data: runSnapshotSchema,
    help: 'A snapshot. From now on the run’s events come.',
  },
  'run:unwatch': { right: 'watch', payload: runRef, data: nothing, help: '' },
  'run:create': {
    right: 'control',
    payload: createRunSchema,
    data: run,
    help: 'Starts at once. Where too many would be training, the oldest is paused. With `fork` it goes on from a checkpoint of another run, with that run’s optimiser, random numbers and history; level, settings and rewards are those of the checkpoint, but for what is given beside it.',
  },
  'run:pause': {
    right: 'control',
    payload: runRef,
    data: run,
    help: 'Happens after the update in progress or, where that takes longer than a moment, in the middle of it: Resume goes on there. Answered when it has, or within a second: then `pending` of the run says that it is to come, and `run:state` tells when it has.',
  },
  'run:resume': {
    right: 'control',
    payload: runRef,
    data: run,
    help: 'Also takes up stopped and failed runs, from their newest checkpoint.',
  },
  'run:stop': {
    right: 'control',
    payload: runRef,
    data: run,
    help: 'Its trainer saves and ends. An update that takes longer than a moment is given up, and made again where the run is resumed. Answered as `run:pause` is.',
  },
  'run:delete': {
    right: 'control',
    payload: runRef,
    data: z.strictObject({
      pending: z.literal(true).optional(),
      forks: z
        .array(idSchema)
        .optional()
        .describe('Runs that branched off from it: they stay whole.'),
    }),
    help: 'Removes the run, its measurements and its checkpoints; recordings of it stay, and so do its forks, which have copies of what they need. `conflict` while it trains. `pending`: as soon as its trainer has ended; `run:removed` tells.',
  },
  'run:describe': {
    right: 'control',
    payload: z.strictObject({
      runId: idSchema,
      name: nameSchema.optional(),
      note: z
        .string()
        .max(MAX_NOTE)
        // Line breaks and tabs may stand in it.
        .regex(/^(?:[\n\r\t]|[^\p{Cc}\p{Bidi_Control}])*$/u, 'accepted: no control characters')
        .optional(),
      tags: z.array(tagSchema).max(MAX_TAGS).optional(),
    }),
    data: run,
    help: 'Renames a run, or says something about it; what is left out stays as it is.',
  },
  'checkpoint:list': {
    right: 'watch',
    payload: runRef,
    data: z.strictObject({ checkpoints: z.array(checkpointLineSchema) }),
    help: 'A run’s kept checkpoints, newest first. `GET /api/checkpoints/ID` is one as a file; `POST /api/checkpoints` takes one.',
  },
  'run:settings': {
    right: 'control',
    payload: z.strictObject({ runId: idSchema, settings: settingsPatchSchema }),
    data: run,
    help: '`settings` is any of `TRAIN_FIELDS`.',
  },
  'run:rewards': {
    right: 'control',
    payload: z.strictObject({ runId: idSchema, rewards: rewardsPatchSchema }),
    data: run,
    help: '`rewards` is any of `REWARD_FIELDS`.',
  },
  'run:record': {
    right: 'control',
    payload: z.strictObject({ runId: idSchema, record: recordPatchSchema }),
    data: run,
    help: 'What the run is to record by itself, of the episodes that viewers are shown; what is left out stays as it is. `record` of the run says what came of it.',
  },
  'episode:play': {
    right: 'watch',
    payload: z.strictObject({
      policy: idSchema,
      levelId: levelIdSchema,
      seed: seedSchema,
      ...playRequest,
    }),
    data: z.strictObject({ replay: replaySchema }),
    help: 'One whole episode, played for whoever asks; see below.',
  },
  'episode:list': {
    right: 'watch',
    payload: runRef,
    data: z.strictObject({ moments: z.array(momentSchema) }),
    help: 'Episodes that are kept of all of a run’s learning, in order of steps: at most 160 that are spread over it, and those that somebody holds.',
  },
  'episode:get': {
    right: 'watch',
    payload: z.strictObject({ runId: idSchema, episodeId: idSchema }),
    data: z.strictObject({
      replay: replaySchema,
      playedBy: playedBySchema.optional(),
    }),
    help: 'One of the newest 240 episodes of a run, or one that `episode:list` has. `playedBy` is the kept checkpoint nearest to the weights that played its end.',
  },
  'episode:hold': {
    right: 'watch',
    payload: z.strictObject({ runId: idSchema, episodeId: idSchema }),
    data: z.strictObject({ held: z.boolean() }),
    help: 'Keeps an episode for as long as its run is kept, so that a link to it stays good. `held` is false where it is gone, or where 120 of the run are held already.',
  },
  'recording:save': {
    right: 'control',
    payload: z.strictObject({ runId: idSchema, episodeId: idSchema }),
    data: recording,
    help: '`episodeId` is the `id` of a replay that came as `episode:new`. The newest 240 of a run can be saved; an older one that you still have can be sent with `recording:import`.',
  },
  'recording:import': {
    right: 'control',
    payload: z.strictObject({ replay: replaySchema }),
    data: recording,
    help: 'The server plays the episode again first, and refuses one that is not what the level does.',
  },
  'recording:list': {
    right: 'watch',
    payload: z.strictObject({
      limit: z.number().int().min(1).max(200).optional(),
      before: z
        .string()
        .regex(/^\d{1,16}\.rec-[0-9a-f]+$/, 'accepted: what `next` of the page before says')
        .optional(),
    }),
    data: z.strictObject({
      recordings: z.array(recordingInfoSchema),
      next: z.string().optional(),
    }),
    help: 'Newest first, a page of 200 lines (`limit`) or 200 kB at most. Where there are more, `next` is what to send as `before` for the page after.',
  },
  'recording:get': {
    right: 'watch',
    payload: recordingRef,
    data: z.strictObject({ replay: replaySchema }),
    help: '',
  },
  'recording:describe': {
    right: 'control',
    payload: z.strictObject({
      recordingId: idSchema,
      name: nameSchema.optional(),
      tags: z.array(tagSchema).max(MAX_TAGS).optional(),
    }),
    data: recording,
    help: 'Gives a recording a name or tags; what is left out stays as it is.',
  },
  'recording:delete': {
    right: 'control',
    payload: recordingRef,
    data: nothing,
    help: 'For an hour it can be put back by `recording:restore`.',
  },
  'recording:restore': {
    right: 'control',
    payload: recordingRef,
    data: recording,
    help: 'Puts back one that was deleted in the last hour.',
  },
  ...CLASS_COMMANDS,
  ...LAB_COMMANDS,
} as const satisfies Record<string, Command>;

export type CommandName = keyof typeof COMMANDS;
/** A payload as it arrives, checked and filled up with defaults. */
export type CommandPayload<C extends CommandName> = z.output<(typeof COMMANDS)[C]['payload']>;
/** A payload as it is sent. */
export type CommandInput<C extends CommandName> = z.input<(typeof COMMANDS)[C]['payload']>;
/** What each command's acknowledgement carries. */
export type CommandResult = { [C in CommandName]: z.output<(typeof COMMANDS)[C]['data']> };

export type Ack<T> = { ok: true; data: T } | { ok: false; error: WireError };

export type ClientToServerEvents = {
  [C in CommandName]: (
    payload: CommandInput<C>,
    ack: (answer: Ack<CommandResult[C]>) => void,
  ) => void;
};

/** Every event: its message, who gets it, and when. */
export const EVENTS = {
  'run:state': {
    message: runInfoSchema,
    to: 'everyone',
    help: 'A run was made, or its status, counters or settings changed: at once for a new run, status or settings, at most twice a second for counters.',
  },
  'run:removed': { message: runRef, to: 'everyone', help: 'A run was deleted.' },
  'metrics:point': {
    message: z.strictObject({ runId: idSchema, point: metricPointSchema }),
    to: 'watchers of the run',
    help: 'What one update measured.',
  },
  'episode:new': {
    message: z.strictObject({ runId: idSchema, replay: replaySchema }),
    to: 'watchers of the run',
    help: 'A whole episode, as soon as it is over; about four a second at most (beyond 250 connections one in as many milliseconds as there are), and a slow watcher misses some.',
  },
  'run:changed': {
    message: z.strictObject({ runId: idSchema, change: settingsChangeSchema }),
    to: 'watchers of the run',
    help: 'Settings or rewards changed: from, to, and the step at which it took effect.',
  },
  'recording:added': {
    message: recordingInfoSchema,
    to: 'everyone',
    help: 'A recording was made, put back, or given a name or tags.',
  },
  'recording:removed': { message: recordingRef, to: 'everyone', help: '' },
  ...CLASS_EVENTS,
  ...LAB_EVENTS,
} as const satisfies Record<string, { message: z.ZodType; to: string; help: string }>;

export type EventName = keyof typeof EVENTS;
export type EventMessage<E extends EventName> = z.output<(typeof EVENTS)[E]['message']>;
export type ServerToClientEvents = { [E in EventName]: (message: EventMessage<E>) => void };
