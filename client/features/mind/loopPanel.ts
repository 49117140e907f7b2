import { ACTION_NAMES } from '../../../shared/constants.ts';
import { explain, GLOSSARY } from '../../../shared/glossary.ts';
import { REWARD_FIELDS } from '../../../shared/rewards.ts';
import { type Faithfulness, faithfulnessOf, LEAST_FAITHFUL } from '../../selectors/faithfulness.ts';
import { type GoalNow, goalAt } from '../../selectors/goals.ts';
import {
  ACTION_LABELS,
  currentStep,
  type DoerNow,
  doerAt,
  formatReward,
  rewardCurves,
  rewardsAt,
} from '../../selectors/steps.ts';
import type { EpisodeView } from '../../selectors/world.ts';
import type { Store } from '../../store/store.ts';
import { formatCount } from '../../theme/format.ts';
import type { Appearance } from '../../theme/theme.ts';
import { el, icon, setText } from '../../ui/dom.ts';
import { ACTION_ICONS } from '../../ui/icons.ts';

/** A flash at most this often, however fast the episode is played. */
const FLASH_EVERY_MS = 500;
/** Length of a step at viewing speed 1. */
const STEP_MS = 250;

const UNFAITHFUL =
  'Its Doer hardly does what it says: told to want something else, the agent does much the same.';

const UNTAUGHT =
  'This Planner was never taught words for its goals: what it plans shows only in what the Doer does.';

/** What the agent thinks, does and gets at the step on the stage: from slow to fast, one below the other. */
export function createLoopPanel(store: Store, appearance: Appearance): HTMLElement {
  const planner = plannerNode();
  const doer = doerNode();
  const environment = environmentNode();
  const loop = el(
    'div',
    { class: 'loop', id: 'loop' },
    planner.element,
    doer.element,
    environment.element,
  );
  store.watch(
    (state) => JSON.stringify(faithfulnessOf(state) ?? null),
    (_, state) => planner.showFaithfulness(faithfulnessOf(state)),
  );
  store.watch(
    (state) => `${state.episode?.replay.id} ${currentStep(state)}`,
    (_, state) => {
      const at = currentStep(state);
      const { episode } = state;
      loop.classList.toggle('idle', !episode);
      if (!episode || at < 0) return;
      const goal = goalAt(episode, at);
      planner.show(goal, wordsFor(goal, episode, !episode.untaught));
      doer.show(doerAt(episode, at));
      environment.show(episode, at);
      const { mode, speed } = state.playback;
      const isMoving = mode !== 'paused' && speed <= 2 && !appearance.reducedMotion();
      if (isMoving) doer.pulse(STEP_MS / speed);
    },
  );
  return loop;
}

/** The Planner's goal. A Planner that was never taught to name goals gets no label. */
function wordsFor(goal: GoalNow | undefined, episode: EpisodeView, taught: boolean) {
  const { kind } = episode.replay.source;
  if (!goal) {
    const text =
      kind === 'person'
        ? 'Played by hand'
        : episode.replay.mind
          ? 'No Planner in this policy'
          : 'No Planner: a script plays';
    return { text, look: 'unsure' };
  }
  if (!taught && !goal.commanded) return { text: UNTAUGHT, look: 'unread' };
  const text = goal.label.charAt(0).toUpperCase() + goal.label.slice(1);
  return { text, look: goal.decided ? '' : 'unsure' };
}

/** One box of the loop: what is done, by whom, and how often. */
function node(name: string, title: string, role: string, ...body: Node[]) {
  const aside = el('span', { class: 'aside' });
  const element = el(
    'article',
    { class: `node ${name}` },
    el(
      'div',
      { class: 'title' },
      el('h2', { text: title }),
      el('span', { class: 'role', text: role }),
      aside,
    ),
    ...body,
  );
  return { element, aside };
}

function plannerNode() {
  const says = el('p', { class: 'says', text: '–' });
  const confidence = meter(GLOSSARY.confidence.label, explain('confidence'));
  const obeyed = meter('Obeyed', '');
  obeyed.element.classList.add('obeyed');
  obeyed.element.hidden = true;
  const doubt = el('p', { class: 'doubt', text: UNFAITHFUL, hidden: true });
  const { element, aside } = node(
    'planner',
    'Thinks',
    'the Planner, slowly',
    says,
    confidence.element,
    obeyed.element,
    doubt,
  );
  aside.dataset.tip = explain('goalAge');
  let flashedAt = 0;
  let startedAt = -1;
  return {
    element,
    showFaithfulness(measured: Faithfulness | undefined) {
      obeyed.element.hidden = measured === undefined;
      doubt.hidden = measured === undefined || measured.share >= LEAST_FAITHFUL;
      if (!measured) return;
      obeyed.set(measured.share);
      obeyed.element.dataset.tip = `${explain('faithfulness')} Measured after ${formatCount(measured.envSteps)} steps of learning.`;
    },
    show(goal: GoalNow | undefined, { text, look }: { text: string; look: string }) {
      setText(says, text);
      says.className = `says ${look}`;
      const isSaid = goal !== undefined && look === '';
      const kept = goal && (goal.age === 1 ? 'new goal' : `kept for ${goal.age} steps`);
      setText(aside, isSaid ? (kept ?? '') : '');
      if (goal?.commanded) confidence.set(1, 'told');
      else confidence.set(look === 'unread' ? undefined : goal?.confidence);
      const now = performance.now();
      const isNew = isSaid && goal.replanned && goal.start !== startedAt;
      startedAt = goal?.start ?? -1;
      if (!isNew || now - flashedAt < FLASH_EVERY_MS) return;
      flashedAt = now;
      element.classList.remove('flash');
      // Reading the layout restarts the animation.
      void element.offsetWidth;
      element.classList.add('flash');
    },
  };
}

function doerNode() {
  const bars = ACTION_NAMES.map((name) => {
    const fill = el('i', { class: 'bar-fill' });
    const label = ACTION_LABELS[name];
    const share = el('span');
    const element = el(
      'div',
      { class: 'action', role: 'img', 'aria-label': label },
      el('div', { class: 'bar-track' }, fill),
      icon(ACTION_ICONS[name]),
      share,
    );
    return { name, label, element, fill, share };
  });
  const ticks = el('span', { class: 'ponder' });
  const sign = el('span', { class: 'sign' });
  const word = el('span', { text: '–' });
  const says = el('p', { class: 'says' }, sign, word);
  const { element, aside } = node(
    'doer',
    'Acts',
    'the Doer, at every step',
    says,
    el('div', { class: 'actions' }, ...bars.map((bar) => bar.element)),
  );
  aside.dataset.tip = explain('thought');
  const ponderText = el('span');
  aside.append(ponderText, ' ', ticks);
  let shown = '';
  return {
    element,
    /** A beat at each step. */
    pulse(ms: number) {
      sign.animate([{ transform: 'scale(1.35)' }, { transform: 'none' }], {
        duration: ms * 0.9,
        easing: 'ease-out',
      });
    },
    show(doer: DoerNow) {
      if (shown !== doer.chosen) sign.replaceChildren(icon(ACTION_ICONS[doer.chosen]));
      shown = doer.chosen;
      setText(word, ACTION_LABELS[doer.chosen]);
      bars.forEach((bar, index) => {
        const share = doer.probabilities?.[index];
        const chosen = bar.name === doer.chosen;
        bar.element.dataset.chosen = String(chosen);
        bar.fill.style.height = `${100 * (share ?? (chosen ? 1 : 0))}%`;
        const percent = share === undefined ? '' : `${Math.round(share * 100)} %`;
        setText(bar.share, percent);
        bar.element.dataset.tip = `${bar.label}: ${percent || 'no probability known'}${chosen ? ', chosen' : ''}. ${explain('actionProbability')}`;
        bar.element.setAttribute('aria-label', bar.element.dataset.tip);
      });
      const { ponder } = doer;
      setText(ponderText, ponder ? 'thought' : '');
      if (ticks.childElementCount !== (ponder ?? 0)) {
        ticks.replaceChildren(
          ...Array.from({ length: ponder ?? 0 }, () => el('i', { class: 'tick' })),
        );
      }
      aside.setAttribute('aria-label', ponder ? `Reasoning segments: ${ponder}` : '');
    },
  };
}

function environmentNode() {
  const amount = (label: string, tip: string) => {
    const value = el('dd', { text: '–', tip });
    const element = el('div', {}, el('dt', { text: label, tip }), value);
    return { element, value };
  };
  const now = amount('this step', explain('stepReward'));
  const total = amount('so far', explain('returnSoFar'));
  const expected = amount('still expects', explain('value'));
  const why = el('p', { class: 'role', text: '' });
  const { element } = node(
    'environment',
    'Is paid',
    'by the rules you set',
    el('dl', { class: 'amounts' }, now.element, total.element, expected.element),
    why,
  );
  const write = (target: HTMLElement, value: number | undefined) => {
    setText(target, value === undefined ? '–' : formatReward(value));
    target.dataset.sign = !value ? '' : value > 0 ? 'plus' : 'minus';
  };
  return {
    element,
    show(episode: EpisodeView, at: number) {
      const entries = rewardsAt(episode, at);
      const { step, total: sums } = rewardCurves(episode);
      write(now.value, step[at]);
      write(total.value, sums[at]);
      write(expected.value, episode.replay.mind?.values[at]);
      expected.value.dataset.sign = '';
      setText(why, entries.map(({ label }) => label).join(', ') || 'Nothing at this step.');
      why.dataset.tip = entries.map(({ id }) => REWARD_FIELDS[id].help).join(' ');
    },
  };
}

/** A labelled bar from 0 to 1. */
function meter(label: string, tip: string) {
  const fill = el('i', { class: 'track-fill' });
  const value = el('span', { class: 'value', text: '–' });
  const element = el(
    'div',
    { class: 'meter', tip },
    el('span', { class: 'label', text: label }),
    el('span', { class: 'track' }, fill),
    value,
  );
  return {
    element,
    set(share: number | undefined, text?: string) {
      fill.style.width = `${100 * Math.min(1, Math.max(0, share ?? 0))}%`;
      setText(value, text ?? (share === undefined ? '–' : `${Math.round(share * 100)} %`));
    },
  };
}
