import type { Replay } from '../../shared/replay.ts';
import { pictureOf } from '../features/stage/poster.ts';
import { STEPS_PER_SECOND } from '../replay/clock.ts';
import { simulate } from '../replay/simulate.ts';
import { goalAt } from '../selectors/goals.ts';
import { shortLevelId } from '../selectors/levels.ts';
import { ACTION_LABELS, doerAt, formatReward, outcomeOf, rewardsAt } from '../selectors/steps.ts';
import type { EpisodeView } from '../store/frames.ts';
import { formatShare } from '../theme/format.ts';
import { button } from '../ui/button.ts';
import { el, setText } from '../ui/dom.ts';

export interface Viewer {
  /** Plays the replay in a file, or says why it cannot. */
  open(file: File): Promise<void>;
}

const SPEEDS = [1, 2, 4, 16] as const;

/** Plays one episode: its world, what was planned and done at each step, and what that paid. */
export function createViewer(place: HTMLElement, read: (file: File) => Promise<Replay>): Viewer {
  const mission = el('h1', { text: 'Open a replay' });
  const about = el('p', {
    class: 'about',
    text: 'Drop a replay file here, as Planner & Doer saves it. Nothing leaves this page.',
  });
  const problem = el('p', { class: 'problem', role: 'alert', hidden: true });
  const world = el('img', { class: 'world', alt: '' });
  const thinks = el('p', { class: 'thinks' });
  const acts = el('p', { class: 'acts' });
  const paid = el('p', { class: 'paid' });
  const slider = el('input', {
    type: 'range',
    min: 0,
    step: 1,
    'aria-label': 'Step',
    on: { input: () => seek(slider.valueAsNumber) },
  });
  const where = el('output', {});
  const play = button({ text: 'Play', look: 'primary' }, () => setPlaying(timer === undefined));
  const pace = el('select', { 'aria-label': 'Speed', on: { change: () => setPlaying(true) } });
  pace.append(...SPEEDS.map((speed) => el('option', { value: speed, text: `${speed}×` })));
  const choose = el('input', {
    type: 'file',
    accept: '.json,application/json',
    'aria-label': 'Replay file',
    on: { change: () => choose.files?.[0] && open(choose.files[0]) },
  });
  const film = el(
    'div',
    { class: 'film', hidden: true },
    world,
    el('div', { class: 'mind', 'aria-live': 'polite' }, thinks, acts, paid),
    el('div', { class: 'controls' }, play, slider, where, pace),
  );
  place.append(mission, about, problem, film, el('label', { class: 'choose' }, choose));
  let view: EpisodeView | undefined;
  let at = 0;
  let timer: ReturnType<typeof setInterval> | undefined;

  async function open(file: File): Promise<void> {
    setPlaying(false);
    try {
      view = simulate(await read(file), { kind: 'recording', id: file.name });
    } catch (error) {
      setText(problem, (error as Error).message);
      problem.hidden = false;
      return;
    }
    const { replay, mismatch } = view;
    problem.hidden = mismatch < 0;
    setText(
      problem,
      `From step ${mismatch + 1} on the world is another than the one recorded: the file was changed, or is of another version.`,
    );
    setText(mission, `“${replay.mission}”`);
    const policy = replay.source.policy || replay.source.kind;
    setText(
      about,
      `${shortLevelId(replay.levelId)} · seed ${replay.seed} · played by ${policy} · ${outcomeOf(view).title}`,
    );
    slider.max = String(replay.outcome.steps);
    film.hidden = false;
    seek(0);
    setPlaying(!matchMedia('(prefers-reduced-motion: reduce)').matches);
  }

  function seek(step: number): void {
    if (!view) return;
    const { steps } = view.replay.outcome;
    at = Math.max(0, Math.min(steps, step));
    slider.value = String(at);
    world.src = pictureOf(view, at);
    setText(where, `${at} of ${steps}`);
    const isOver = at >= steps;
    world.alt = `The world ${isOver ? 'at the end' : `before step ${at + 1}`}`;
    if (isOver) setPlaying(false);
    const goal = isOver ? undefined : goalAt(view, at);
    setText(
      thinks,
      goal
        ? `Thinks: ${goal.decided ? `${goal.label}, ${formatShare(goal.confidence)} sure` : 'undecided'}`
        : '',
    );
    setText(acts, isOver ? outcomeOf(view).title : actionOf(view, at));
    const entries = isOver ? [] : rewardsAt(view, at).filter(({ value }) => value !== 0);
    setText(paid, entries.map(({ label, value }) => `${label} ${formatReward(value)}`).join(' · '));
  }

  function setPlaying(on: boolean): void {
    clearInterval(timer);
    timer = undefined;
    setText(play, on ? 'Pause' : 'Play');
    if (!on || !view) return;
    if (at >= view.replay.outcome.steps) seek(0);
    setText(play, 'Pause');
    timer = setInterval(() => seek(at + 1), 1000 / (STEPS_PER_SECOND * Number(pace.value)));
  }

  document.addEventListener('dragover', (event) => event.preventDefault());
  document.addEventListener('drop', (event) => {
    event.preventDefault();
    const [file] = event.dataTransfer?.files ?? [];
    if (file) void open(file);
  });
  document.addEventListener('keydown', (event) => {
    if ((event.target as HTMLElement).closest('input, select, button')) return;
    const keys: Readonly<Record<string, () => void>> = {
      ' ': () => setPlaying(timer === undefined),
      ArrowLeft: () => seek(at - 1),
      ArrowRight: () => seek(at + 1),
      Home: () => seek(0),
      End: () => seek(Number.POSITIVE_INFINITY),
    };
    const act = keys[event.key];
    if (!act) return;
    event.preventDefault();
    act();
  });
  return { open };
}

function actionOf(view: EpisodeView, step: number): string {
  const { chosen, probabilities } = doerAt(view, step);
  const index = view.replay.actions[step] ?? -1;
  const share = probabilities?.[index];
  return `Acts: ${ACTION_LABELS[chosen].toLowerCase()}${share === undefined ? '' : `, ${formatShare(share)}`}`;
}
