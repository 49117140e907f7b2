import { ACTION_NAMES } from '../../shared/constants.ts';
import type { Replay } from '../../shared/replay.ts';
import {
  type Chapter,
  doneOf,
  inSteps,
  type Story,
  type StoryPlayer,
} from '../../shared/story/types.ts';
import { COLORS } from './colors.ts';
import { checkSides, createFilm, type Film, MIN_CELL_PX, PictureError } from './film.ts';
import { ADVANCE, LINE_HEIGHT, wrap, writeLine } from './font.ts';
import { Canvas } from './raster.ts';

/** The worlds beside one another are about so wide together, in pixels. */
const USUAL_WIDTH_PX = 760;
const LARGEST_CELL_PX = 40;
/** A narrow picture still has room for its words. */
const NARROWEST_PX = 400;
const GAP = 12;
const MARGIN = 16;
const CURVE_HEIGHT = 44;
/** Longer chapters leave out steps, evenly. */
const MAX_CHAPTER_FRAMES = 60;
const FRAMES_PER_SECOND = 8;
/** The first frame of a chapter is read, and the last one says how it ended. */
const FIRST_SECONDS = 1.4;
const LAST_SECONDS = 1.8;
const GONE_SECONDS = 3;
const BIG = 2;

/** A film whose frames are shown for different times. */
export interface TimedFilm extends Film {
  secondsOf(frame: number): number;
  /** The chapter that a frame belongs to. */
  chapterOf(frame: number): number;
}

/** One frame: the chapter and the step at which its worlds stand. */
interface Shot {
  chapter: number;
  /** Worlds that take fewer steps stay at their end. */
  step: number;
  isFirst: boolean;
  isLast: boolean;
}

/**
 * A run's story as one film: the worlds of a chapter beside one another, chapter after chapter, with title, step and
 * success. A chapter whose checkpoint is gone is one frame that says so. Throws a PictureError for a story without
 * episodes, for an unknown level, and for too large a picture.
 * @param options `cell`: pixels of a cell's side; by default so that the worlds are about 760 pixels wide together
 */
export function createStoryFilm(story: Story, options: { cell?: number } = {}): TimedFilm {
  const sample = story.chapters.find(({ replays }) => replays.length > 0)?.replays;
  if (!sample) throw new PictureError('this story has no episode: none of its checkpoints is kept');
  const cell = options.cell ?? cellFor(sample);
  const filmOf = (replay: Replay) => createFilm(replay, { cell, layers: ['fog', 'goal'] });
  const worlds = sample.map(filmOf);
  const worldWidth = Math.max(...worlds.map(({ width }) => width));
  const worldHeight = Math.max(...worlds.map(({ height }) => height));
  const count = worlds.length;
  const inner = Math.max(NARROWEST_PX, count * worldWidth + (count - 1) * GAP);
  const width = even(inner + 2 * MARGIN);
  const left = Math.floor((width - count * worldWidth - (count - 1) * GAP) / 2);
  const missionColumns = Math.floor(worldWidth / ADVANCE);
  const missionLines = Math.max(
    ...sample.map(({ mission }) => wrap(mission, missionColumns).length),
  );
  const worldsTop = MARGIN + 2 * LINE_HEIGHT * BIG + GAP;
  const wordsTop = worldsTop + worldHeight + GAP;
  const curveTop = wordsTop + (missionLines + 1) * LINE_HEIGHT + GAP;
  const height = even(curveTop + LINE_HEIGHT + CURVE_HEIGHT + MARGIN);
  const shots = shotsOf(story.chapters);
  checkSides(width, height);

  function background(chapter: Chapter): Canvas {
    const canvas = new Canvas(width, height, COLORS.background);
    const columns = Math.floor(inner / (ADVANCE * BIG));
    const [title] = wrap(plain(chapter.title), columns);
    writeLine(canvas, title, MARGIN, MARGIN, BIG, COLORS.ink);
    const { envSteps, evalSuccess }: Partial<StoryPlayer> & Pick<Chapter, 'envSteps'> =
      chapter.player ?? chapter;
    const learnt = envSteps === 0 ? 'no steps of training' : inSteps(envSteps);
    writeLine(canvas, learnt, MARGIN, MARGIN + LINE_HEIGHT * BIG, BIG, COLORS.muted);
    const tested = evalSuccess === undefined ? '' : ` ${Math.round(evalSuccess * 100)}%`;
    writeLine(canvas, `held-out success${tested}`, MARGIN, curveTop, 1, COLORS.muted);
    drawCurve(canvas, story, chapter, curveTop + LINE_HEIGHT, width);
    if (chapter.gone)
      wrap(plain(chapter.gone), columns).forEach((line, i) => {
        writeLine(canvas, line, MARGIN, worldsTop + i * LINE_HEIGHT * BIG, BIG, COLORS.bad);
      });
    return canvas;
  }

  /** How many of the worlds are done by then. */
  function drawResult(canvas: Canvas, replays: readonly Replay[], step: number): void {
    const done = doneOf(replays.filter(({ outcome }) => outcome.steps <= step));
    const said = `${done} of ${replays.length} done`;
    const x = width - MARGIN - said.length * ADVANCE * BIG;
    const color = done === replays.length ? COLORS.good : COLORS.ink;
    writeLine(canvas, said, x, MARGIN + LINE_HEIGHT * BIG, BIG, color);
  }

  function drawWords(canvas: Canvas, replay: Replay, index: number, step: number): void {
    const x = left + index * (worldWidth + GAP);
    wrap(plain(replay.mission), missionColumns).forEach((line, i) => {
      writeLine(canvas, line, x, wordsTop + i * LINE_HEIGHT, 1, COLORS.ink);
    });
    const y = wordsTop + missionLines * LINE_HEIGHT;
    const { steps, success } = replay.outcome;
    const isOver = step >= steps;
    const said = isOver
      ? `${success ? 'done' : 'not done'} in ${steps}`
      : `step ${step} of ${steps} - ${ACTION_NAMES[replay.actions[step] ?? 0]}`;
    const color = !isOver ? COLORS.muted : success ? COLORS.good : COLORS.bad;
    writeLine(canvas, said.slice(0, missionColumns), x, y, 1, color);
  }

  return {
    width,
    height,
    count: shots.length,
    secondsOf(frame) {
      const shot = shots[frame];
      if (!shot || story.chapters[shot.chapter]?.gone) return GONE_SECONDS;
      if (shot.isFirst) return FIRST_SECONDS;
      return shot.isLast ? LAST_SECONDS : 1 / FRAMES_PER_SECOND;
    },
    chapterOf: (frame) => shots[frame]?.chapter ?? 0,
    *frames(wanted) {
      for (const [number, chapter] of story.chapters.entries()) {
        const own = [...shots.entries()].filter(
          ([index, shot]) => shot.chapter === number && (!wanted || wanted.has(index)),
        );
        if (own.length === 0) continue;
        const bare = background(chapter);
        const canvas = new Canvas(width, height, COLORS.background);
        const playing = chapter.replays.map((replay) => playingOf(filmOf(replay)));
        for (const [index, { step }] of own) {
          canvas.copy(bare, 0, 0);
          if (chapter.replays.length > 0) drawResult(canvas, chapter.replays, step);
          for (const [i, replay] of chapter.replays.entries()) {
            const at = Math.min(step, replay.outcome.steps);
            // Cast: there is one film for each replay.
            const { canvas: world } = (playing[i] as ReturnType<typeof playingOf>)(at);
            canvas.copy(world, left + i * (worldWidth + GAP), worldsTop);
            drawWords(canvas, replay, i, at);
          }
          yield { index, canvas };
        }
      }
    },
  };
}

/** Draws an episode's frames as they are asked for, each no earlier than the one before. */
function playingOf(film: Film): (frame: number) => { index: number; canvas: Canvas } {
  const frames = film.frames();
  let now: { index: number; canvas: Canvas } | undefined;
  return (frame) => {
    while (!now || now.index < frame) {
      const next = frames.next();
      if (next.done) break;
      now = next.value;
    }
    if (!now) throw new PictureError('an episode without a frame');
    return now;
  };
}

function cellFor(replays: readonly Replay[]): number {
  const probes = replays.map((replay) => createFilm(replay, { cell: MIN_CELL_PX, layers: [] }));
  const columns = Math.max(...probes.map(({ width }) => width / MIN_CELL_PX));
  const wanted = Math.floor(USUAL_WIDTH_PX / (columns * replays.length));
  return Math.min(LARGEST_CELL_PX, Math.max(MIN_CELL_PX, wanted));
}

function shotsOf(chapters: readonly Chapter[]): Shot[] {
  return chapters.flatMap(({ replays }, chapter) => {
    const steps = Math.max(0, ...replays.map(({ outcome }) => outcome.steps));
    const stride = Math.max(1, Math.ceil(steps / MAX_CHAPTER_FRAMES));
    const stops: number[] = [];
    for (let step = 0; step < steps; step += stride) stops.push(step);
    stops.push(steps);
    return stops.map((step, i) => ({
      ...{ chapter, step },
      isFirst: i === 0,
      isLast: i === stops.length - 1,
    }));
  });
}

/** Held-out success over the whole run, and where the chapter stands in it. */
function drawCurve(
  canvas: Canvas,
  { curve, run }: Story,
  chapter: Chapter,
  top: number,
  width: number,
): void {
  const [from, to] = [MARGIN, width - MARGIN];
  const last = Math.max(1, run.envSteps, curve.at(-1)?.[0] ?? 0);
  const xOf = (steps: number) => from + Math.round(((to - from - 1) * steps) / last);
  const yOf = (share: number) => top + Math.round((1 - share) * (CURVE_HEIGHT - 3));
  canvas.fill(from, top + CURVE_HEIGHT - 1, to - from, 1, COLORS.floorLine);
  canvas.fill(from, top, to - from, 1, COLORS.floorLine);
  for (const [i, [steps, share]] of curve.entries()) {
    const [before, was] = curve[i - 1] ?? [steps, share];
    const [x0, x1] = [xOf(before), xOf(steps)];
    for (let x = x0; x <= x1; x++) {
      const y = yOf(was + ((share - was) * (x - x0)) / Math.max(1, x1 - x0));
      const next = yOf(was + ((share - was) * (Math.min(x1, x + 1) - x0)) / Math.max(1, x1 - x0));
      canvas.fill(x, Math.min(y, next), 1, Math.abs(next - y) + 2, COLORS.doer);
    }
  }
  const x = xOf(chapter.player?.envSteps ?? chapter.envSteps);
  canvas.fill(Math.min(x, to - 2), top, 2, CURVE_HEIGHT, COLORS.planner);
}

/** With the signs that the font has. */
const plain = (text: string) =>
  text.replaceAll('·', '-').replaceAll('→', '->').replaceAll(/[“”"]/g, "'").replaceAll('’', "'");

const even = (pixels: number) => pixels + (pixels & 1);
