import { EVAL_SEED_BASE } from '../../../shared/constants.ts';
import { at as itemAt } from '../../../shared/indexing.ts';
import { shortened } from '../../../shared/text.ts';
import type { Session } from '../../net/session.ts';
import { STEPS_PER_SECOND } from '../../replay/clock.ts';
import { simulate } from '../../replay/simulate.ts';
import type { Stage } from '../../scene/stage.ts';
import { shortLevelId } from '../../selectors/levels.ts';
import { runList, watchedRun } from '../../selectors/run.ts';
import type { EpisodeView } from '../../selectors/world.ts';
import { type Comparison, SIDE_NAMES } from '../../store/state.ts';
import type { Store } from '../../store/store.ts';
import type { Appearance } from '../../theme/theme.ts';
import { el, setText } from '../../ui/dom.ts';
import { saveFile } from '../../ui/saveFile.ts';
import { createCompareBar } from './compareBar.ts';
import { createCompareSide } from './compareSide.ts';
import { createCompareStages } from './compareStages.ts';
import { playGames } from './games.ts';
import { resultsCsv } from './results.ts';
import { type Game, isPlayed, nextShared, policyOptions, tallyOf, verdictOf } from './tally.ts';

const FEWEST_SIDES = 2;
const HOLD_SECONDS = 1.2;
const HINT = 'Choose who plays, then press Play: all get the same worlds.';
const FIRST = 'The server plays the first world…';

/**
 * Two to four policies, or one with parts switched off, on the same worlds side by side: stages with one
 * clock, and counts that grow as episodes come from the server. It starts by itself when it is opened.
 */
export function createCompare(
  place: HTMLElement,
  store: Store,
  session: Pick<Session, 'send' | 'notify'>,
  appearance: Appearance,
  makeStage: (host: HTMLElement) => Promise<Stage>,
): void {
  const all = SIDE_NAMES.map((name, i) =>
    createCompareSide(name, show, i < FEWEST_SIDES ? undefined : () => removeSide(i)),
  );
  const stages = createCompareStages(store, appearance, makeStage, (error) =>
    session.notify('bad', `This browser cannot draw the stages: ${error.message}`),
  );
  /** Those that are shown; games and views are theirs, in the same order. */
  let sides = all.slice(0, FEWEST_SIDES);
  let games: Game[][] = [];
  let views: (EpisodeView | undefined)[] = [];
  let index = -1;
  let seedBase = EVAL_SEED_BASE;
  let cursor = 0;
  let held = 0;
  let stop: (() => void) | undefined;
  /** What was told last from here: anything else was asked for elsewhere. */
  let own: Comparison | undefined;

  const bar = createCompareBar({ go: () => (stop ? halt() : start()), save, addSide });
  const verdict = el('p', { class: 'verdict', 'aria-live': 'polite', id: 'compare-verdict' });
  const row = el('div', { class: 'sides' }, ...all.map(({ element }) => element));
  place.append(bar.element, row, verdict);
  showSides(FEWEST_SIDES);

  // The games belong to the earlier choices; the next press starts new ones.
  place.addEventListener('change', () => {
    halt();
    tell();
  });

  function showSides(count: number): void {
    sides = all.slice(0, count);
    row.dataset.sides = String(count);
    all.forEach((side, i) => {
      side.element.hidden = i >= count;
    });
    games = [];
    views = [];
    index = -1;
  }

  function addSide(): void {
    if (sides.length === all.length) return;
    halt();
    showSides(sides.length + 1);
    stages.make(sides);
    start();
  }

  function removeSide(at: number): void {
    const choices = sides.map((side) => side.choice()).toSpliced(at, 1);
    halt();
    showSides(choices.length);
    choices.forEach((choice, i) => {
      sides[i]?.choose(choice);
    });
    start();
  }

  /** What is chosen, for links and lessons. */
  function tell(): void {
    if (bar.level.value === '') return;
    own = {
      levelId: bar.level.value,
      seed: bar.seed(),
      worlds: bar.worlds(),
      sides: sides.map((side) => side.choice()),
    };
    store.dispatch({ type: 'view', patch: { comparison: own, scores: undefined } });
  }

  /** Shows what a link or a lesson asks for, and plays it. */
  function take(asked: Comparison): void {
    halt();
    fillChoices(asked.levelId);
    bar.set(asked.seed, asked.worlds);
    showSides(asked.sides.length);
    stages.make(sides);
    asked.sides.forEach((choice, i) => {
      sides[i]?.choose(choice);
    });
    start();
  }

  function halt(): void {
    stop?.();
    stop = undefined;
    refresh();
  }

  function start(): void {
    seedBase = bar.seed();
    const worlds = bar.worlds();
    bar.set(seedBase, worlds);
    tell();
    games = sides.map(() => new Array<Game>(worlds).fill(undefined));
    views = [];
    index = -1;
    const levelId = bar.level.value;
    const seeds = Array.from({ length: worlds }, (_, n) => seedBase + n);
    const series = sides.map((side, i) => {
      const played = itemAt(games, i);
      return playGames({
        send: session.send,
        request: { levelId, ...side.choice() },
        seeds,
        onGame(n, game) {
          played[n] = game;
          refresh();
          if (index < 0 && games.every((one) => isPlayed(one[n]))) show(n);
        },
      });
    });
    const stopAll = () => {
      for (const one of series) one.stop();
    };
    stop = stopAll;
    void Promise.all(series.map(({ done }) => done)).then(() => {
      if (stop === stopAll) halt();
    });
    refresh();
  }

  /** Puts one world on all stages, from its start. */
  function show(n: number): void {
    index = n;
    cursor = 0;
    held = 0;
    views = games.map((one) => {
      const game = one[n];
      return isPlayed(game) ? simulate(game, { kind: 'whatif' }) : undefined;
    });
    refresh();
  }

  function refresh(): void {
    sides.forEach((side, i) => {
      side.showGames(games[i] ?? [], seedBase, index);
      side.showHint(hintOf(games[i]?.[index]));
    });
    bar.show({
      stop: stop !== undefined,
      pause: index >= 0,
      save: games.some((one) => one.some(isPlayed)),
      addSide: sides.length < all.length,
    });
    setText(verdict, verdictOf(games));
    const scores = games.map((one) => {
      const { played, done } = tallyOf(one);
      return { played, done };
    });
    if (store.get().view.comparison) store.dispatch({ type: 'view', patch: { scores } });
  }

  function save(): void {
    if (!own) return;
    const csv = new Blob([resultsCsv(own, games)], { type: 'text/csv' });
    saveFile(csv, `comparison-${own.seed}-${own.worlds}.csv`);
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
    const speed = bar.speed();
    const steps = Math.max(0, ...views.map((view) => view?.replay.outcome.steps ?? 0));
    if (!bar.isPaused() && index >= 0) {
      if (cursor < steps) cursor = Math.min(steps, cursor + seconds * STEPS_PER_SECOND * speed);
      else held += seconds;
      if (held >= HOLD_SECONDS / Math.sqrt(speed)) {
        const next = nextShared(games, index);
        if (next >= 0) show(next);
      }
    }
    sides.forEach((side, i) => {
      stages.draw(side, views[i], cursor, seedBase + index);
    });
  }

  function fillChoices(asked?: string): void {
    const state = store.get();
    const options = policyOptions(runList(state));
    const run = watchedRun(state);
    const first = [run?.id ?? 'default', run ? `${run.id}.start` : 'random', 'default', 'expert'];
    all.forEach((side, i) => {
      side.setPolicies(options, itemAt(first, i));
    });
    const { level } = bar;
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
    stages.make(sides);
    last = performance.now();
    requestAnimationFrame(frame);
    const asked = store.get().view.comparison;
    if (asked && asked !== own) take(asked);
    // An empty picture is of no use: start at once.
    else if (!stop && games.length === 0 && bar.level.value !== '') start();
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
