import { EVAL_SEED_BASE } from '../../../shared/constants.ts';
import { explain } from '../../../shared/glossary.ts';
import { shortened } from '../../../shared/text.ts';
import type { Session } from '../../net/session.ts';
import { STEPS_PER_SECOND } from '../../replay/clock.ts';
import { simulate } from '../../replay/simulate.ts';
import type { Stage } from '../../scene/stage.ts';
import { shortLevelId } from '../../selectors/levels.ts';
import { runList, watchedRun } from '../../selectors/run.ts';
import { outcomeOf } from '../../selectors/steps.ts';
import type { EpisodeView } from '../../selectors/world.ts';
import type { Comparison, Score } from '../../store/state.ts';
import type { Store } from '../../store/store.ts';
import type { Appearance } from '../../theme/theme.ts';
import { el, setText } from '../../ui/dom.ts';
import { type CompareSide, createCompareSide } from './compareSide.ts';
import { playGames } from './games.ts';
import { type Game, isPlayed, nextPair, policyOptions, tallyOf, verdictOf } from './tally.ts';

const MAX_WORLDS = 200;
const HOLD_SECONDS = 1.2;
const HINT = 'Choose who plays, then press Play: both get the same worlds.';
const FIRST = 'The server plays the first world…';
const SPEEDS = [1, 2, 4, 16] as const;

/**
 * Two policies, or one with parts switched off, on the same worlds side by side: two stages with one
 * clock, and counts that grow as episodes come from the server. It starts by itself when it is opened.
 */
export function createCompare(
  place: HTMLElement,
  store: Store,
  session: Pick<Session, 'send' | 'notify'>,
  appearance: Appearance,
  makeStage: (host: HTMLElement) => Promise<Stage>,
): void {
  const sides = [createCompareSide('A', show), createCompareSide('B', show)] as const;
  const games: [Game[], Game[]] = [[], []];
  const views: (EpisodeView | undefined)[] = [undefined, undefined];
  let stages: (Stage | undefined)[] = [];
  /** The inputs of each side's last drawing, to skip drawing the same again. */
  const drawn = new Map<CompareSide, unknown[]>();
  let index = -1;
  let seedBase = EVAL_SEED_BASE;
  let cursor = 0;
  let held = 0;
  let isPaused = false;
  let speed = 2;
  let stop: (() => void) | undefined;
  /** What was told last from here: anything else was asked for elsewhere. */
  let own: Comparison | undefined;

  const level = el('select', { id: 'compare-level', 'aria-label': 'Level' });
  const seed = numberField('First seed', EVAL_SEED_BASE, 0, Number.MAX_SAFE_INTEGER);
  seed.label.dataset.tip = `${explain('levelSeed')} The worlds have this seed and those after it.`;
  const count = numberField('Worlds', 20, 1, MAX_WORLDS);
  count.label.dataset.tip = `Episodes of each side, each in a world of its own. From 1 to ${MAX_WORLDS}.`;
  const go = el('button', {
    class: 'button primary',
    type: 'button',
    id: 'compare-go',
    text: 'Play',
    tip: 'Both sides play all worlds, as fast as the server can',
  });
  const pause = el('button', {
    class: 'button',
    type: 'button',
    text: 'Pause',
    id: 'compare-pause',
    tip: 'Holds the pictures; what is being played goes on',
    disabled: true,
  });
  const pace = el('select', { 'aria-label': 'Viewing speed' });
  pace.append(...SPEEDS.map((value) => el('option', { value: String(value), text: `${value}×` })));
  pace.value = String(speed);
  const verdict = el('p', { class: 'verdict', 'aria-live': 'polite', id: 'compare-verdict' });
  place.append(
    el(
      'header',
      {},
      el('h2', { id: 'compare-title', text: 'Compare' }),
      el('label', {}, 'Level ', level),
      seed.label,
      count.label,
      go,
      pause,
      pace,
    ),
    el('div', { class: 'sides' }, sides[0].element, sides[1].element),
    verdict,
  );

  go.addEventListener('click', () => (stop ? halt() : start()));
  // The games belong to the earlier choices; the next press starts new ones.
  place.addEventListener('change', (event) => {
    if (event.target === pace) return;
    halt();
    tell();
  });
  pause.addEventListener('click', () => {
    isPaused = !isPaused;
    setText(pause, isPaused ? 'Go on' : 'Pause');
  });
  pace.addEventListener('change', () => {
    speed = Number(pace.value);
  });

  /** What is chosen, for links and lessons. */
  function tell(): void {
    if (level.value === '') return;
    own = {
      levelId: level.value,
      seed: Math.floor(Number(seed.input.value)) || 0,
      worlds: worldsAsked(),
      sides: [sides[0].choice(), sides[1].choice()],
    };
    store.dispatch({ type: 'view', patch: { comparison: own, scores: undefined } });
  }

  /** Shows what a link or a lesson asks for, and plays it. */
  function take(asked: Comparison): void {
    halt();
    fillChoices(asked.levelId);
    seed.input.value = String(asked.seed);
    count.input.value = String(asked.worlds);
    for (const i of [0, 1] as const) sides[i].choose(asked.sides[i]);
    start();
  }

  const worldsAsked = () =>
    Math.min(MAX_WORLDS, Math.max(1, Math.floor(Number(count.input.value)) || 1));

  function halt(): void {
    stop?.();
    stop = undefined;
    setText(go, 'Play');
    refresh();
  }

  function start(): void {
    seedBase = Math.floor(Number(seed.input.value)) || 0;
    const worlds = worldsAsked();
    count.input.value = String(worlds);
    tell();
    for (const side of [0, 1] as const) {
      games[side] = new Array<Game>(worlds).fill(undefined);
      views[side] = undefined;
    }
    index = -1;
    setText(go, 'Stop');
    const levelId = level.value;
    const series = sides.map((side, i) =>
      playGames({
        send: session.send,
        request: { levelId, ...side.choice() },
        seeds: Array.from({ length: worlds }, (_, n) => seedBase + n),
        onGame(n, game) {
          games[i as 0 | 1][n] = game;
          refresh();
          if (index < 0 && isPlayed(games[0][n]) && isPlayed(games[1][n])) show(n);
        },
      }),
    );
    const stopBoth = () => {
      for (const one of series) one.stop();
    };
    stop = stopBoth;
    void Promise.all(series.map(({ done }) => done)).then(() => {
      if (stop === stopBoth) halt();
    });
    refresh();
  }

  /** Puts one world on both stages, from its start. */
  function show(n: number): void {
    index = n;
    cursor = 0;
    held = 0;
    for (const i of [0, 1] as const) {
      const game = games[i][n];
      views[i] = isPlayed(game) ? simulate(game, { kind: 'whatif' }) : undefined;
    }
    refresh();
  }

  function refresh(): void {
    sides.forEach((side, i) => {
      side.showGames(games[i as 0 | 1], seedBase, index);
      side.showHint(hintOf(games[i as 0 | 1][index]));
    });
    pause.disabled = index < 0;
    setText(verdict, verdictOf(games[0], games[1]));
    const scores = games.map((one) => {
      const { played, done } = tallyOf(one);
      return { played, done };
    }) as [Score, Score];
    if (store.get().view.comparison) store.dispatch({ type: 'view', patch: { scores } });
  }

  /** What stands in place of a picture. */
  function hintOf(game: Game): string {
    if (isPlayed(game)) return '';
    if (index < 0) return stop ? FIRST : HINT;
    return game ? game.failed : 'Not played yet.';
  }

  let last = 0;
  function frame(now: number): void {
    if (place.hidden) return;
    requestAnimationFrame(frame);
    const seconds = Math.min(0.25, Math.max(0, (now - last) / 1000));
    last = now;
    const steps = Math.max(0, ...views.map((view) => view?.replay.outcome.steps ?? 0));
    if (!isPaused && index >= 0) {
      if (cursor < steps) cursor = Math.min(steps, cursor + seconds * STEPS_PER_SECOND * speed);
      else held += seconds;
      if (held >= HOLD_SECONDS / Math.sqrt(speed)) {
        const next = nextPair(games[0], games[1], index);
        if (next >= 0) show(next);
      }
    }
    sides.forEach((side, i) => {
      drawSide(side, stages[i], views[i]);
    });
  }

  function drawSide(side: CompareSide, stage: Stage | undefined, view: EpisodeView | undefined) {
    const reducedMotion = appearance.reducedMotion();
    const at = Math.min(cursor, view?.replay.outcome.steps ?? 0);
    const own = reducedMotion ? Math.floor(at) : at;
    const { layers } = store.get().view;
    const theme = appearance.theme();
    const inputs = [view, own, layers, theme, reducedMotion, stage?.size()];
    if (drawn.get(side)?.every((value, i) => Object.is(value, inputs[i]))) return;
    drawn.set(side, inputs);
    stage?.draw({ episode: view, cursor: own, layers, expert: [], theme, reducedMotion });
    side.showCaption(view ? captionOf(view, own, seedBase + index) : '');
  }

  async function makeStages(): Promise<void> {
    stages = await Promise.all(sides.map(({ host }) => makeStage(host)));
  }

  function fillChoices(asked?: string): void {
    const state = store.get();
    const options = policyOptions(runList(state));
    const run = watchedRun(state);
    sides[0].setPolicies(options, run?.id ?? 'default');
    sides[1].setPolicies(options, run ? `${run.id}.start` : 'random');
    const current = asked || level.value || run?.levelId || state.episode?.replay.levelId;
    const ids = new Set(state.levels.map(({ id }) => id));
    for (const id of [run?.levelId, asked]) if (id) ids.add(id);
    level.replaceChildren(
      ...[...ids].map((id) => el('option', { value: id, text: shortened(shortLevelId(id), 60) })),
    );
    if (current) level.value = current;
  }

  function enter(): void {
    fillChoices();
    refresh();
    if (stages.length === 0)
      makeStages().catch((error: Error) =>
        session.notify('bad', `This browser cannot draw the stages: ${error.message}`),
      );
    last = performance.now();
    requestAnimationFrame(frame);
    const asked = store.get().view.comparison;
    if (asked && asked !== own) take(asked);
    // An empty picture is of no use: start at once.
    else if (!stop && games[0].length === 0 && level.value !== '') start();
  }

  store.watch(
    (state) => state.view.verb === 'compare' && watchedRun(state) !== undefined,
    (isHere) => {
      if (isHere) enter();
      else halt();
    },
  );
  store.watch(
    (state) => state.view.comparison,
    (asked) => {
      if (asked && asked !== own && !place.hidden) take(asked);
    },
  );
}

function captionOf(view: EpisodeView, cursor: number, seed: number): string {
  const { steps } = view.replay.outcome;
  const where =
    cursor >= steps ? outcomeOf(view).title : `step ${Math.floor(cursor) + 1} of ${steps}`;
  return `“${view.replay.mission}” · seed ${seed} · ${where}`;
}

function numberField(text: string, value: number, min: number, max: number) {
  const input = el('input', { type: 'number', value, min, max, step: 1 });
  return { input, label: el('label', {}, `${text} `, input) };
}
