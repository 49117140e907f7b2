import { ACTION_NAMES } from '../../../shared/constants.ts';
import { SUBGOAL_LABELS, SUBGOALS, type Subgoal } from '../../../shared/goals.ts';
import { at } from '../../../shared/indexing.ts';
import type { Replay } from '../../../shared/replay.ts';
import { ACTION_LABELS, formatReward } from '../../selectors/steps.ts';
import type { EpisodeView } from '../../selectors/world.ts';
import type { Before, State } from '../../store/state.ts';
import type { Store } from '../../store/store.ts';
import { button } from '../../ui/button.ts';
import type { Commands } from '../../ui/commands.ts';
import { el, setText } from '../../ui/dom.ts';
import { ACTION_ICONS } from '../../ui/icons.ts';
import { ACTION_KEYS } from '../../ui/keys.ts';

/** What a cell can be given as; exploring and finishing need none. */
const CHOICES: readonly Subgoal[] = SUBGOALS.filter((name) => name !== 'done');

/** The line under the stage that says how to interfere, what is being tried out, and the way back. */
export function fillWhatIf(bar: HTMLElement, store: Store, commands: Commands): void {
  const subgoal = el('select', {
    id: 'touch-subgoal',
    'aria-label': 'What the Planner is told to do at the cell you touch',
  });
  subgoal.append(
    ...CHOICES.map((name) => el('option', { value: name, text: SUBGOAL_LABELS[name] })),
  );
  subgoal.addEventListener('change', () => commands.chooseSubgoal(subgoal.value as Subgoal));
  const tool = (id: string, text: string, tip: string, click: () => void, key = '') => {
    const made: HTMLButtonElement = button({ id, text, tip }, () => {
      click();
      // Keys are for the agent now, not for the button.
      made.blur();
    });
    if (key) made.append(el('span', { class: 'roomy', text: ` (${key})` }));
    return made;
  };
  const aim = tool(
    'touch-aim',
    'Point',
    'Choose the cell by keyboard (O): arrows move, Enter gives the goal, Esc ends',
    () => commands.toggleAim(),
    'O',
  );
  const yourself = tool(
    'play-yourself',
    'You play',
    'Plays this level by hand from the start (P): ← → turn, ↑ forward, Page up picks up, Page down drops, space toggles, Enter is done, Esc ends',
    () => commands.togglePlayYourself(),
  );
  const take = tool(
    'take-over',
    'Take over',
    'You act from this step on with Minigrid’s keys, and see what the agent would have done (Y)',
    () => commands.takeOverHere(),
    'Y',
  );
  const hand = tool(
    'hand-back',
    'Hand back',
    'The agent goes on from here (Y)',
    () => commands.handBack(),
    'Y',
  );
  const keep = tool(
    'keep-branch',
    'Keep',
    'Keeps this episode as a recording: downloaded, it is a demonstration that a policy can be cloned from',
    () => commands.keepBranch(),
  );
  const back = tool(
    'leave-branch',
    'Back',
    'Returns to the episode as it was (Esc)',
    () => commands.leaveBranch(),
    'Esc',
  );
  // Where there is no keyboard these are the only controls.
  const actions = ACTION_NAMES.map((name, action) => {
    const label = ACTION_LABELS[name];
    const tip = `${label} (${ACTION_KEYS[name].cap})`;
    const look = { icon: ACTION_ICONS[name], label, tip, 'data-action': name };
    const made: HTMLButtonElement = button(look, () => {
      commands.act(action);
      made.blur();
    });
    return made;
  });
  const pad = el('div', { class: 'pad', role: 'group', 'aria-label': 'Your action' }, ...actions);
  const text = el('p', { class: 'told', 'aria-live': 'polite' });
  const idle = el(
    'span',
    {
      class: 'hint',
      tip: 'The server plays the episode again up to this step, gives the Planner your goal instead of its own, and lets both go on. Nothing is learnt from it.',
    },
    'Click anything: tell it where to go',
  );
  bar.append(idle, subgoal, text, aim, pad, yourself, take, hand, keep, back);

  const render = () => {
    const state = store.get();
    const { whatIf, episode } = state;
    const kind = episode?.origin.kind;
    const mode = whatIf.busy
      ? 'busy'
      : kind === 'person'
        ? 'hands'
        : kind === 'whatif'
          ? 'branch'
          : 'idle';
    if (bar.dataset.mode !== mode) bar.dataset.mode = mode;
    const online = state.connection === 'online';
    idle.hidden = mode !== 'idle' && mode !== 'branch';
    subgoal.hidden = idle.hidden;
    subgoal.value = whatIf.subgoal;
    aim.hidden = idle.hidden;
    aim.setAttribute('aria-pressed', String(whatIf.aim !== undefined));
    yourself.hidden = mode !== 'idle';
    take.hidden = mode === 'hands' || mode === 'busy';
    hand.hidden = mode !== 'hands';
    pad.hidden = mode !== 'hands';
    const likeliest = whatIf.proposal?.probabilities ?? [];
    const would = likeliest.indexOf(Math.max(...likeliest));
    actions.forEach((one, action) => {
      one.classList.toggle('would', action === would);
    });
    keep.hidden = mode !== 'hands' && mode !== 'branch';
    back.hidden = mode !== 'hands' && mode !== 'branch';
    for (const one of [aim, take, hand, keep]) one.disabled = !online || !episode;
    yourself.disabled = !episode;
    setText(text, sentenceOf(state, mode));
    text.hidden = text.textContent === '';
  };
  store.watch((state) => state.whatIf, render);
  store.watch((state) => state.episode, render);
  store.watch((state) => state.connection, render);
}

/** Whether the trial made a difference to what happens by itself, and from where. */
function sayDifference(episode: EpisodeView, control: Before | undefined): string {
  if (control?.status !== 'here') return '';
  const own = episode.replay.actions;
  const other = control.view.replay.actions;
  const first = own.findIndex((action, i) => action !== other[i]);
  if (first < 0 && own.length === other.length)
    return ' It makes no difference: untouched, the agent does the same.';
  return ` Untouched (left), it acts otherwise from step ${(first < 0 ? own.length : first) + 1} on.`;
}

/** How a person's episode compares with the agent's in the same world. */
function sayContest({ replay }: EpisodeView, control: Before | undefined): string {
  const say = ({ success, steps, return: paid }: Replay['outcome']) =>
    `${success ? `${steps} steps` : `not done in ${steps} steps`}, paid ${formatReward(paid)}`;
  const yours = `You: ${say(replay.outcome)}.`;
  if (control?.status === 'coming') return `${yours} Now the agent plays this world…`;
  if (control?.status !== 'here') return yours;
  const other = control.view.replay.outcome;
  const verdict = verdictOn(replay.outcome, other);
  return `${yours} The agent (left): ${say(other)}. ${verdict}`;
}

function verdictOn(you: Replay['outcome'], agent: Replay['outcome']): string {
  if (!you.success && !agent.success) return 'Neither gets there.';
  if (you.success !== agent.success) return you.success ? 'You win.' : 'The agent wins.';
  if (you.steps === agent.steps) return 'A draw.';
  return you.steps < agent.steps ? 'You win.' : 'The agent wins.';
}

function sentenceOf({ whatIf, episode }: State, mode: string): string {
  if (mode === 'busy') return 'The server plays what follows…';
  if (mode === 'branch')
    return `What if: ${whatIf.told}.${episode ? sayDifference(episode, whatIf.control) : ''}`;
  if (mode !== 'hands' || !episode) return '';
  const { terminated, truncated } = episode.replay.outcome;
  if (terminated || truncated) return sayContest(episode, whatIf.control);
  const { proposal } = whatIf;
  const yours = `Your turn, step ${episode.replay.actions.length + 1}.`;
  if (!proposal) return yours;
  const ranked = proposal.probabilities
    .map((share, action) => ({ share, name: ACTION_LABELS[at(ACTION_NAMES, action)] }))
    .sort((a, b) => b.share - a.share)
    .filter(({ share }, rank) => rank === 0 || share >= 0.1)
    .slice(0, 2)
    .map(({ share, name }) => `${name} ${Math.round(100 * share)} %`);
  const goal = proposal.goal ? `; its goal: ${proposal.goal}` : '';
  return `${yours} The agent would: ${ranked.join(' or ')}${goal}.`;
}
