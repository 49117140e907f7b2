import { ACTION_NAMES } from '../../../shared/constants.ts';
import { explain, GLOSSARY } from '../../../shared/glossary.ts';
import { REWARD_FIELDS } from '../../../shared/rewards.ts';
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
import type { Appearance } from '../../theme/theme.ts';
import { el, icon, setText } from '../../ui/dom.ts';
import { ACTION_ICONS } from '../../ui/icons.ts';
import { panel } from '../../ui/section.ts';

/** A flash at most this often, however fast the episode is played. */
const FLASH_EVERY_MS = 500;
/** Length of a step at viewing speed 1. */
const STEP_MS = 250;

/** Planner → Doer → environment → Planner, and what each says at the step on the stage. */
export function createLoopPanel(store: Store, appearance: Appearance): HTMLElement {
  const planner = plannerNode();
  const doer = doerNode();
  const environment = environmentNode();
  const wire = document.createElementNS('http://www.w3.org/2000/svg', 'svg');
  wire.setAttribute('class', 'wire');
  wire.setAttribute('aria-hidden', 'true');
  const loop = el('div', { class: 'loop' }, planner.element, doer.element, environment.element);
  const pulse = createPulse();
  loop.prepend(wire, pulse.element);
  const step = el('span', { class: 'count', tip: explain('step') });
  const section = panel('Inside the agent', [step], loop);
  section.id = 'loop';

  const nodes = [planner.element, doer.element, environment.element];
  new ResizeObserver(() => {
    pulse.follow(drawWire(wire, nodes));
  }).observe(loop);

  store.watch(
    (state) => (state.episode ? `${state.episode.replay.id} ${currentStep(state)}` : ''),
    (_, state) => {
      const at = currentStep(state);
      const { episode } = state;
      loop.classList.toggle('idle', !episode);
      if (!episode || at < 0) return;
      setText(step, `step ${at + 1}`);
      planner.show(goalAt(episode, at), episode.replay.source.kind);
      doer.show(doerAt(episode, at));
      environment.show(episode, at);
      const { mode, speed } = state.playback;
      if (mode !== 'paused' && speed <= 2 && !appearance.reducedMotion())
        pulse.run(STEP_MS / speed);
    },
  );
  return section;
}

/** One box of the loop: its pace, and where there is room what it does. */
function node(
  name: string,
  title: string,
  [pace, task]: readonly [pace: string, task?: string],
  lesson: string,
  ...body: Node[]
) {
  const aside = el('span', { class: 'aside' });
  const element = el(
    'article',
    { class: `node ${name}` },
    el(
      'div',
      { class: 'title' },
      el('h3', { text: title }),
      el(
        'span',
        { class: 'role' },
        pace,
        task && el('span', { class: 'roomy', text: ` · ${task}` }),
      ),
      aside,
    ),
    ...body,
    el('p', { class: 'lesson', text: lesson }),
  );
  return { element, aside };
}

function plannerNode() {
  const says = el('p', { class: 'says', text: '–' });
  const confidence = meter(GLOSSARY.confidence.label, explain('confidence'));
  const { element, aside } = node(
    'planner',
    'Planner',
    ['slow', 'decides what'],
    'Sets a goal and keeps it. A flash marks a new one.',
    says,
    confidence.element,
  );
  aside.dataset.tip = explain('goalAge');
  let flashedAt = 0;
  let startedAt = -1;
  return {
    element,
    show(goal: GoalNow | undefined, kind: string) {
      if (!goal) {
        setText(says, kind === 'person' ? 'Played by hand' : 'No Planner: a script plays');
        setText(aside, '');
        confidence.set(undefined);
        return;
      }
      setText(says, goal.label);
      setText(aside, goal.replanned ? 'new goal' : `kept for ${goal.age} steps`);
      confidence.set(goal.confidence);
      const now = performance.now();
      if (goal.replanned && goal.start !== startedAt && now - flashedAt > FLASH_EVERY_MS) {
        flashedAt = now;
        element.classList.remove('flash');
        // Reading the layout lets the animation start anew.
        void element.offsetWidth;
        element.classList.add('flash');
      }
      startedAt = goal.start;
    },
  };
}

function doerNode() {
  const bars = ACTION_NAMES.map((name) => {
    const fill = el('i', { class: 'bar-fill' });
    const label = ACTION_LABELS[name];
    const element = el(
      'div',
      { class: 'action', role: 'img', 'aria-label': label },
      el('div', { class: 'bar-track' }, fill),
      icon(ACTION_ICONS[name]),
      el('span', { text: '' }),
    );
    return { name, label, element, fill, share: element.lastElementChild as HTMLElement };
  });
  const ticks = el('span', { class: 'ponder' });
  const says = el('p', { class: 'says', text: '–' });
  const { element, aside } = node(
    'doer',
    'Doer',
    ['fast', 'decides how'],
    'At every step picks the action that serves the goal.',
    says,
    el('div', { class: 'actions' }, ...bars.map((bar) => bar.element)),
  );
  aside.dataset.tip = explain('thought');
  const ponderText = el('span');
  aside.append(ponderText, ' ', ticks);
  return {
    element,
    show(doer: DoerNow) {
      setText(says, ACTION_LABELS[doer.chosen]);
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
  const ledger = el('dl', { class: 'ledger' });
  const value = meter(GLOSSARY.value.label, explain('value'));
  const { element, aside } = node(
    'environment',
    'Environment',
    ['the rules'],
    'Does it, pays the reward, and shows the next view.',
    ledger,
    value.element,
  );
  aside.dataset.tip = explain('returnSoFar');
  return {
    element,
    show(episode: EpisodeView, at: number) {
      const entries = rewardsAt(episode, at);
      ledger.replaceChildren(
        ...(entries.length
          ? entries.flatMap((entry) => [
              el('dt', { text: entry.label, tip: REWARD_FIELDS[entry.id].help }),
              el('dd', {
                tip: explain('stepReward'),
                text: formatReward(entry.value),
                'data-sign': entry.value > 0 ? 'plus' : 'minus',
              }),
            ])
          : [
              el('dt', { class: 'none', text: 'No reward at this step' }),
              el('dd', { text: '0', tip: explain('stepReward') }),
            ]),
      );
      setText(aside, `return ${formatReward(rewardCurves(episode).total[at])}`);
      const expected = episode.replay.mind?.values[at];
      value.set(expected, expected === undefined ? undefined : formatReward(expected));
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

/** A light that goes round the circuit once a step. */
function createPulse() {
  const element = el('i', { class: 'pulse', 'aria-hidden': 'true' });
  return {
    element,
    follow(path: string) {
      element.style.offsetPath = `path("${path}")`;
    },
    run(ms: number) {
      element.animate(
        [
          { offsetDistance: '0%', opacity: 1 },
          { offsetDistance: '100%', opacity: 1 },
        ],
        { duration: ms * 0.9, easing: 'linear' },
      );
    },
  };
}

/** The circuit to the left of the nodes: down through all three, and back up to the first. Returns the way round as path data. */
function drawWire(svg: SVGSVGElement, nodes: HTMLElement[]): string {
  const middles = nodes.map((item) => item.offsetTop + item.offsetHeight / 2);
  const [first, last] = [middles[0], middles[middles.length - 1]];
  const gaps = nodes.slice(1).map((item) => item.offsetTop);
  const arrows = gaps
    .map((top) => {
      const x = 40;
      return `<path d="M${x} ${top - 12}V${top - 4}"/><path class="head" d="M${x - 4} ${top - 6}h8l-4 5Z"/>`;
    })
    .join('');
  svg.innerHTML =
    `<path d="M22 ${last}H12a8 8 0 0 1-8-8V${first + 8}a8 8 0 0 1 8-8H17"/>` +
    `<path class="head" d="M16 ${first - 4}v8l6-4Z"/>${arrows}`;
  return `M40 ${first}V${last}H12a8 8 0 0 1-8-8V${first + 8}a8 8 0 0 1 8-8H22`;
}
