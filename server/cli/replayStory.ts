import path from 'node:path';
import { MAX_CELL_PX, MIN_CELL_PX, PictureError } from '../../envs/render/film.ts';
import { encodeGif } from '../../envs/render/gif.ts';
import { createStoryFilm, type TimedFilm } from '../../envs/render/storyFilm.ts';
import { storySeeds } from '../../envs/render/storySeeds.ts';
import type { PolicyKind, PresetId } from '../../shared/config.ts';
import { EVAL_SEED_BASE } from '../../shared/constants.ts';
import type { RunInfo } from '../../shared/protocol.ts';
import type { Replay } from '../../shared/replay.ts';
import { castOf, playTakes } from '../../shared/story/takes.ts';
import { tellStory } from '../../shared/story/tell.ts';
import {
  MAX_STORY_SEEDS,
  resultOf,
  STORY_SEEDS,
  type Story,
  type StoryFacts,
  type StoryPlayer,
} from '../../shared/story/types.ts';
import type { PolicySource } from '../play/loadPolicy.ts';
import { EpisodePlayer } from '../play/play.ts';
import { shippedCheckpoints } from '../policy/policyFile.ts';
import { writeWhole } from '../processes/wholeFile.ts';
import { CheckpointFolder } from '../storage/checkpoints.ts';
import { defaultDataFolder } from '../storage/dataFolder.ts';
import { type ReadStore, readSqliteStore } from '../storage/sqliteStore.ts';
import { defineCommand, UsageError } from './command.ts';
import { Interrupts } from './interrupts.ts';
import { COMPUTE_OPTIONS } from './trainingOptions.ts';

const FORMATS = ['.gif', '.json'];
const SAY_MS = 1000;
/** Runs that are named where one is not known. */
const NAMED = 5;

export const command = defineCommand({
  options: {
    run: { type: 'text', help: "The run's id.", placeholder: 'ID', required: true },
    data: {
      type: 'text',
      help: 'Data folder of the server, which may be running.',
      placeholder: 'DIR',
      path: 'read',
    },
    out: {
      type: 'text',
      help: `Where to: a film (.gif), or the story with all its episodes (.json).`,
      placeholder: 'FILE',
      required: true,
      path: 'written',
      check: (file) =>
        FORMATS.includes(path.extname(file).toLowerCase())
          ? undefined
          : `accepted: a file that ends in ${FORMATS.join(' or ')}`,
    },
    seeds: {
      type: 'integer',
      help: 'Held-out worlds that every checkpoint plays.',
      min: 1,
      max: MAX_STORY_SEEDS,
      default: STORY_SEEDS,
    },
    'seed-base': {
      type: 'integer',
      help: 'Level seed of the first world; the others follow.',
      min: EVAL_SEED_BASE,
      default: EVAL_SEED_BASE,
    },
    cell: {
      type: 'integer',
      help: "Pixels of a cell's side in the film; by default so that it is about 800 wide.",
      min: MIN_CELL_PX,
      max: MAX_CELL_PX,
    },
    engine: COMPUTE_OPTIONS.engine,
  },
  async run({ options, say }) {
    const began = performance.now();
    const folder = path.resolve(options.data ?? defaultDataFolder());
    const checkpoints = new CheckpointFolder(path.join(folder, 'checkpoints'));
    const isFilm = path.extname(options.out).toLowerCase() === '.gif';
    if (options.cell !== undefined && !isFilm)
      throw new UsageError('--cell is for a film; accepted with an --out that ends in .gif');
    const interrupts = new Interrupts(say, 'stopping; nothing is written');
    const isWanted = () => interrupts.signal === undefined;
    const stopped = () => ({
      json: { out: null, stopped: interrupts.signal },
      exitCode: interrupts.exitCode,
    });
    let said = began;
    const onProgress = (what: string) => (done: number, all: number) => {
      if (performance.now() - said < SAY_MS) return;
      said = performance.now();
      say(`${done} of ${all} ${what}`);
    };
    try {
      const { facts, info } = readFacts(folder, options.run, checkpoints);
      const seeds = storySeeds(info.levelId, options.seeds, options['seed-base']);
      const cast = castOf(facts);
      say(`the first weights and ${cast.length - 1} checkpoints play ${seeds.length} worlds each`);
      const takes = await playTakes(
        cast,
        seeds,
        playerOf(info, checkpoints, new EpisodePlayer(options.engine)),
        { onProgress: onProgress('episodes played'), isWanted },
      );
      if (!takes) return stopped();
      const story = tellStory(facts, seeds, takes);
      const film = isFilm ? createStoryFilm(story, options) : undefined;
      if (film) say(`drawing ${film.count} frames`);
      const bytes = film
        ? await encoded(film, onProgress('frames drawn'), isWanted)
        : Buffer.from(JSON.stringify(story));
      if (!bytes) return stopped();
      writeWhole(options.out, bytes);
      for (const chapter of story.chapters)
        say(`${chapter.title}: ${chapter.text} ${resultOf(chapter)}`);
      return {
        json: {
          ...summaryOf(story),
          ...(film && { frames: film.count, width: film.width, height: film.height }),
          bytes: bytes.length,
          seconds: Number(((performance.now() - began) / 1000).toFixed(3)),
          out: options.out,
        },
      };
    } catch (error) {
      if (error instanceof PictureError) throw new UsageError(error.message);
      throw error;
    } finally {
      interrupts.dispose();
    }
  },
});

/** All of a story but its episodes. */
function summaryOf({ run, seeds, takes, chapters }: Story) {
  return {
    run: run.id,
    level: run.levelId,
    seeds,
    takes,
    chapters: chapters.map(({ replays, ...chapter }) => ({
      ...chapter,
      done: replays.filter(({ outcome }) => outcome.success).length,
    })),
  };
}

function readFacts(
  folder: string,
  runId: string,
  checkpoints: CheckpointFolder,
): { facts: StoryFacts; info: RunInfo } {
  const { store, close } = readSqliteStore(path.join(folder, 'planner-and-doer.db'));
  try {
    const info = store.getRun(runId)?.info;
    if (!info) throw unknownRun(runId, store, folder);
    const facts: StoryFacts = {
      run: info,
      checkpoints: checkpoints.list(runId),
      points: store.points(runId, Number.POSITIVE_INFINITY),
      changes: store.changes(runId),
      moments: store.moments(runId),
    };
    return { facts, info };
  } finally {
    close();
  }
}

function unknownRun(runId: string, store: ReadStore, folder: string): UsageError {
  const known = store.listRuns().map(({ info }) => `${info.id} (${info.name})`);
  const more = known.length > NAMED ? ` and ${known.length - NAMED} more` : '';
  return new UsageError(
    `--run is ${JSON.stringify(runId)}; accepted: the id of a run in ${folder}: ${known.slice(0, NAMED).join(', ') || 'it has none'}${more}`,
  );
}

/** Plays as the server's `episode:play` does: actions are drawn, by the level's seed. */
function playerOf(info: RunInfo, checkpoints: CheckpointFolder, player: EpisodePlayer) {
  const sources = new Map<string, PolicySource | string>();
  return async ({ policy, envSteps }: StoryPlayer, seed: number): Promise<Replay | string> => {
    const source = sources.get(policy) ?? (await sourceOf(policy, info, checkpoints));
    sources.set(policy, source);
    if (typeof source === 'string') return source;
    return player.play({
      ...{ source, seed, envSteps },
      ...{ name: policy, runId: info.id, levelId: info.levelId },
      ...{ greedy: false, ablation: 'none', overrides: [], actions: [] },
    });
  };
}

/** Where a player's weights are, or why they are nowhere. */
async function sourceOf(
  policy: string,
  { id, init, preset, policy: kind, seed, settings }: RunInfo,
  checkpoints: CheckpointFolder,
): Promise<PolicySource | string> {
  const isStart = policy === `${id}.start`;
  if (isStart && init === 'scratch')
    return {
      kind: 'scratch',
      // Cast: a run's own record names them.
      ...{ preset: preset as PresetId, policy: kind as PolicyKind, seed },
      ...(settings.plannerWeight > 0 && { plannerLearns: true }),
    };
  if (isStart && shippedCheckpoints().includes(init)) return { kind: 'checkpoint', file: init };
  const found = await checkpoints.find(isStart ? init : policy);
  if (found) return { kind: 'checkpoint', file: found.file };
  return isStart
    ? `The weights that it began with, ${init}, are no longer kept.`
    : 'This checkpoint is damaged, or no longer kept.';
}

/** A film's bytes; undefined where it was stopped. */
async function encoded(
  film: TimedFilm,
  onProgress: (done: number, all: number) => void,
  isWanted: () => boolean,
): Promise<Uint8Array | undefined> {
  const stop = new Error('stopped');
  const wanted = Array.from({ length: film.count }, (_, i) => i);
  try {
    return await encodeGif(film, wanted, film.secondsOf, async (done) => {
      // A signal is heard between two frames.
      await new Promise((resolve) => setImmediate(resolve));
      if (!isWanted()) throw stop;
      onProgress(done, film.count);
    });
  } catch (error) {
    if (error === stop) return undefined;
    throw error;
  }
}
