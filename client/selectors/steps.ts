import { ACTION_NAMES, type ActionName, NUM_ACTIONS } from '../../shared/constants.ts';
import { at } from '../../shared/indexing.ts';
import { REWARD_FIELDS, REWARD_TERM_IDS, type RewardTermId } from '../../shared/rewards.ts';
import { type EpisodeView, frameAt } from '../store/frames.ts';
import type { State } from '../store/state.ts';
import { type GoalNow, goalAt } from './goals.ts';
import { describeCarried } from './world.ts';

/** The step being decided or carried out at the cursor; −1 while there is no episode or it has no steps. */
export function currentStep(state: State): number {
  if (!state.episode) return -1;
  return Math.min(Math.floor(state.playback.cursor), state.episode.replay.outcome.steps - 1);
}

/** True once the cursor is at the episode's end; one that a person still plays has none yet. */
export function atEnd(state: State): boolean {
  const { episode, playback } = state;
  if (!episode) return false;
  const { steps, terminated, truncated } = episode.replay.outcome;
  if (episode.origin.kind === 'person' && !terminated && !truncated) return false;
  return playback.cursor >= steps;
}

export const ACTION_LABELS: Record<ActionName, string> = {
  left: 'Turn left',
  right: 'Turn right',
  forward: 'Forward',
  pickup: 'Pick up',
  drop: 'Drop',
  toggle: 'Toggle',
  done: 'Done',
};

const ACTION_PAST: Record<ActionName, string> = {
  left: 'turns left',
  right: 'turns right',
  forward: 'goes forward',
  pickup: 'picks up',
  drop: 'puts down',
  toggle: 'toggles',
  done: 'says it is done',
};

export interface DoerNow {
  chosen: ActionName;
  /** In the order of ACTION_NAMES, 0 to 1; undefined for episodes not played by a policy. */
  probabilities: readonly number[] | undefined;
  ponder: number | undefined;
  /** Expected return from here, in units of reward. */
  value: number | undefined;
}

export function doerAt(episode: EpisodeView, step: number): DoerNow {
  const { actions, mind } = episode.replay;
  return {
    chosen: at(ACTION_NAMES, at(actions, step)),
    probabilities: mind?.probabilities
      .slice(step * NUM_ACTIONS, (step + 1) * NUM_ACTIONS)
      .map((thousandths) => thousandths / 1000),
    ponder: mind?.ponder[step],
    value: mind?.values[step],
  };
}

export interface RewardEntry {
  id: RewardTermId;
  label: string;
  value: number;
}

/** The reward terms that this step paid or took, largest first. */
export function rewardsAt(episode: EpisodeView, step: number): RewardEntry[] {
  return REWARD_TERM_IDS.map((id) => ({
    id,
    label: REWARD_FIELDS[id].label,
    value: episode.replay.rewards[id]?.[step] ?? 0,
  }))
    .filter((entry) => entry.value !== 0)
    .sort((a, b) => Math.abs(b.value) - Math.abs(a.value));
}

interface RewardCurves {
  /** Sum of all terms, per step. */
  readonly step: readonly number[];
  /** Sum up to and including the step. */
  readonly total: readonly number[];
}

const curvesOf = new WeakMap<EpisodeView, RewardCurves>();

/** Each step's reward and the running return. */
export function rewardCurves(episode: EpisodeView): RewardCurves {
  let curves = curvesOf.get(episode);
  if (!curves) {
    const step = new Array<number>(episode.replay.outcome.steps).fill(0);
    for (const column of Object.values(episode.replay.rewards)) {
      column?.forEach((value, i) => {
        step[i] = at(step, i) + value;
      });
    }
    let sum = 0;
    curves = { step, total: step.map((value) => (sum += value)) };
    curvesOf.set(episode, curves);
  }
  return curves;
}

export interface OutcomeNow {
  tone: 'good' | 'bad' | 'neutral';
  title: string;
  detail: string;
}

export function outcomeOf(episode: EpisodeView): OutcomeNow {
  const { outcome } = episode.replay;
  const steps = `${outcome.steps} step${outcome.steps === 1 ? '' : 's'}`;
  const paid = `return ${formatReward(outcome.return)}`;
  if (outcome.success) return { tone: 'good', title: 'Mission done', detail: `${steps} · ${paid}` };
  if (outcome.truncated) return { tone: 'bad', title: 'Timed out', detail: `${steps} · ${paid}` };
  return { tone: 'bad', title: 'Mission failed', detail: `${steps} · ${paid}` };
}

/** A reward with its sign and as many places as it needs, at most four. */
export function formatReward(value: number): string {
  if (value === 0) return '0';
  const size = Math.abs(value);
  const text =
    size >= 0.1 ? size.toFixed(2) : size.toFixed(4).replace(/0+$/, '').replace(/\.$/, '');
  return `${value < 0 ? '−' : '+'}${text}`;
}

/** The goal as part of the story: what the Planner wants, and how sure it is. */
function sayGoal({ decided, commanded, label, confidence }: GoalNow): string {
  if (!decided) return 'the Planner is undecided';
  const sure = commanded ? 'as it was told' : `${Math.round(confidence * 100)}\u00a0% sure`;
  return `the Planner wants to ${label.replace(' · ', ' the ')}, ${sure}`;
}

/** One sentence on what happens at the cursor, for people who do not see the stage. */
export function narrate(state: State): string {
  const { episode } = state;
  if (!episode) return '';
  if (atEnd(state)) {
    const { title, detail } = outcomeOf(episode);
    // The mission comes last: it can be long, and stands over the stage.
    return `${title}: ${detail}. The mission was: ${episode.replay.mission}.`;
  }
  const step = currentStep(state);
  if (step < 0) return `Your turn: ${episode.replay.mission}.`;
  const frame = frameAt(episode, step);
  const action = ACTION_PAST[doerAt(episode, step).chosen];
  const goal = goalAt(episode, step);
  const isSaid = goal?.decided || !episode.untaught;
  const plan = goal && isSaid ? `; ${sayGoal(goal)}` : '';
  const hand = frame.carrying ? `, carrying the ${describeCarried(frame.carrying)},` : '';
  return `Step ${step + 1} of ${episode.replay.outcome.steps}: the agent${hand} ${action}${plan}.`;
}
