import { SUBGOALS } from '../../shared/goals.ts';
import { wilsonInterval } from '../../shared/statistics.ts';
import { targetAt } from '../tasks/babyai/targets.ts';
import type { GoalEndCounts } from './goalEnds.ts';
import { type GoalCounts, noGoals, sumGoals } from './keptGoal.ts';
import type { Seat } from './seat.ts';
import type { Sink, Turn } from './table.ts';
import { addChoices, type ChoiceCounts, choiceOf } from './whoseFault.ts';

export interface Evaluation {
  /** Those that were played. */
  episodes: number;
  /** Seeds that were left out, because the level makes no world of them; absent where there were none. */
  unplayable?: number;
  success: number;
  /** 95 % Wilson interval of success. */
  ci95: [number, number];
  /** Mean mission reward. */
  meanReturn: number;
  meanLength: number;
  /** Share of announced targets that the agent then reached before the goal was dropped. */
  goalHitRate: number;
  /** Share of successful episodes whose last goal aimed at what the mission means; absent where nothing tells. */
  lastGoalMeant?: number;
  meanGoalLife: number;
  meanPonder: number;
  /** How goals ended, by kind. */
  goalEnds: GoalEndCounts;
  /** Share of announced goals whose subgoal, and whose subgoal and target, were the expert's. */
  subgoalAccuracy: number;
  goalAccuracy: number;
  /** The same by how sure the Planner was: shares of its belief from, and up to. */
  byConfidence: { from: number; to: number; goals: number; accuracy: number }[];
  /** Goals announced in an episode, in the mean. */
  meanReplans: number;
  /** With the expert setting goals: how often the Planner would have chosen the same, by kind of goal. */
  choice?: ChoiceCounts;
  /** Where asked for: the seeds that the expert solves, and success on those. */
  solvable?: { episodes: number; success: number; ci95: [number, number] };
  /** With an override: share of overridden episodes in which the agent faced the named object before any other. */
  overrideFollowed?: number;
  /** Episodes in which there was another object to name. */
  overridden?: number;
}

/** What one episode adds to an evaluation. */
export interface EpisodeScore {
  seed: number;
  success: boolean;
  /** Mission reward. */
  reward: number;
  length: number;
  /** Whether the last goal's target was a thing that the mission means, where that can be told. */
  meant?: boolean;
  /** With an override: whether it was followed. */
  followed?: boolean;
  /** Where asked for: whether the expert solves this seed. */
  solvable?: boolean;
}

/** What an evaluation counts. Tallies of parts add up to that of the whole, exactly. */
export interface Tally {
  episodes: EpisodeScore[];
  /** Seeds of which there is no world. */
  unplayable: number;
  steps: number;
  ponder: number;
  announced: number;
  /** Announced goals whose subgoal was the expert's, and those whose target was, too. */
  subgoalHits: number;
  goalHits: number;
  goals: GoalCounts;
  /** Announced goals by tenths of the Planner's belief in them, and those of them that were the expert's. */
  confident: number[];
  confidentHits: number[];
  choices?: ChoiceCounts;
}

const TENTHS = 10;
const tenths = () => new Array<number>(TENTHS).fill(0);

/** What is scored only where somebody asks for it. */
export interface AlsoScored {
  /** Whether the episode just ended followed its override; undefined where it had none. */
  followed?: (seat: Seat) => boolean | undefined;
  /** Whether the expert solves a seed. */
  solvable?: (seed: number) => boolean;
  /** Counted elsewhere, reported here. */
  choices?: ChoiceCounts;
  onProgress?: (done: number) => void;
}

/** Counts what an evaluation reports. Seats that ask their expert also tell how right goals are. */
export class Score implements Sink {
  /** Seeds of which there is no world. */
  unplayable = 0;
  private readonly counts = {
    steps: 0,
    ponder: 0,
    announced: 0,
    subgoalHits: 0,
    goalHits: 0,
  };
  private readonly goals: GoalCounts[] = [];
  private readonly confident = tenths();
  private readonly confidentHits = tenths();
  private readonly episodes: EpisodeScore[] = [];
  private readonly also: AlsoScored;
  /** Whether the goal kept at a seat aims at what its mission means. */
  private readonly meant = new Map<Seat, boolean>();

  constructor(also: AlsoScored = {}) {
    this.also = also;
  }

  thought({ table, thought }: Turn): void {
    const { counts } = this;
    for (const { index, playing, expert, asks, episode } of table.seats) {
      if (!playing) continue;
      counts.steps++;
      counts.ponder += 1 + thought.replanned[index];
      if (!thought.replanned[index] || !asks || expert.action < 0) continue;
      const tokens = table.observations.tokens(index);
      const { subgoal, target } = choiceOf(expert, episode.pose, (place) =>
        targetAt(place, tokens),
      );
      const same = thought.subgoals[index] === subgoal;
      counts.announced++;
      if (same) counts.subgoalHits++;
      const isRight = same && thought.targets[index] === target;
      if (isRight) counts.goalHits++;
      const tenth = Math.min(TENTHS - 1, Math.floor(TENTHS * (thought.confidence[index] ?? 0)));
      this.confident[tenth] = (this.confident[tenth] ?? 0) + 1;
      if (isRight) this.confidentHits[tenth] = (this.confidentHits[tenth] ?? 0) + 1;
    }
  }

  decided({ table, thought }: Turn): void {
    for (const seat of table.seats)
      if (seat.playing && thought.replanned[seat.index]) this.meant.set(seat, aimsAtMeant(seat));
  }

  ended(seat: Seat): void {
    const { episode, goal } = seat;
    const { seed, success, steps } = episode;
    const score: EpisodeScore = { seed, success, reward: episode.missionReward, length: steps };
    const { followed, solvable, onProgress } = this.also;
    if (seat.things && seat.goal.exists) score.meant = this.meant.get(seat);
    if (followed) score.followed = followed(seat);
    if (solvable) score.solvable = solvable(seed);
    this.episodes.push(score);
    goal.drop();
    this.goals.push(goal.takeCounts());
    onProgress?.(this.episodes.length);
  }

  tally(): Tally {
    const { choices } = this.also;
    const { episodes, unplayable, counts, confident, confidentHits } = this;
    const goals = sumGoals(this.goals);
    return { episodes, unplayable, ...counts, goals, confident, confidentHits, choices };
  }
}

const DROP = SUBGOALS.indexOf('drop');

/** Whether the kept goal's target is a thing that the mission means, or of a drop, a cell beside one. */
function aimsAtMeant({ goal: { subgoal, x, y }, things }: Seat): boolean {
  const reach = subgoal === DROP ? 1 : 0;
  const isNear = (thing: { x: number; y: number }) =>
    Math.abs(thing.x - x) + Math.abs(thing.y - y) <= reach;
  return x >= 0 && (things?.all() ?? []).some((thing) => thing.meant && isNear(thing));
}

const noTally = (): Tally => ({
  episodes: [],
  unplayable: 0,
  steps: 0,
  ponder: 0,
  announced: 0,
  subgoalHits: 0,
  goalHits: 0,
  goals: noGoals(),
  confident: tenths(),
  confidentHits: tenths(),
});

/** The evaluation of all parts together, whoever played which of the episodes. */
export function evaluationOf(parts: readonly Tally[]): Evaluation {
  const sum = noTally();
  for (const part of parts) {
    for (const key of [
      'unplayable',
      'steps',
      'ponder',
      'announced',
      'subgoalHits',
      'goalHits',
    ] as const)
      sum[key] += part[key];
    for (const key of ['confident', 'confidentHits'] as const)
      sum[key] = sum[key].map((count, i) => count + (part[key][i] ?? 0));
  }
  const { finished, lived, targeted, reached, ends } = sumGoals(parts.map(({ goals }) => goals));
  // Sums of fractions depend on their order, so that order is the seeds'.
  const episodes = parts.flatMap((part) => part.episodes).sort((a, b) => a.seed - b.seed);
  const total = (of: (episode: EpisodeScore) => number) =>
    episodes.reduce((all, episode) => all + of(episode), 0);
  const successes = total(({ success }) => Number(success));
  const share = (part: number, whole: number) => (whole > 0 ? part / whole : 0);
  const mean = (of: (episode: EpisodeScore) => number) => share(total(of), episodes.length);
  const succeeded = episodes.filter(({ success, meant }) => success && meant !== undefined);
  const choice: ChoiceCounts = {};
  for (const { choices } of parts) addChoices(choice, choices ?? {});
  const solvable = episodes.filter((episode) => episode.solvable);
  const solved = solvable.filter(({ success }) => success).length;
  const overridden = episodes.filter(({ followed }) => followed !== undefined);
  const followed = overridden.filter((episode) => episode.followed).length;
  return {
    episodes: episodes.length,
    ...(sum.unplayable > 0 ? { unplayable: sum.unplayable } : {}),
    success: share(successes, episodes.length),
    ci95: wilsonInterval(successes, episodes.length),
    meanReturn: mean(({ reward }) => reward),
    meanLength: mean(({ length }) => length),
    goalHitRate: share(reached, targeted),
    ...(succeeded.length > 0
      ? { lastGoalMeant: share(succeeded.filter(({ meant }) => meant).length, succeeded.length) }
      : {}),
    meanGoalLife: share(lived, finished),
    meanPonder: share(sum.ponder, sum.steps),
    goalEnds: ends,
    meanReplans: share(sum.ponder - sum.steps, episodes.length),
    subgoalAccuracy: share(sum.subgoalHits, sum.announced),
    goalAccuracy: share(sum.goalHits, sum.announced),
    byConfidence: sum.confident.flatMap((goals, i) =>
      goals === 0
        ? []
        : [
            {
              from: i / TENTHS,
              to: (i + 1) / TENTHS,
              goals,
              accuracy: share(sum.confidentHits[i] ?? 0, goals),
            },
          ],
    ),
    ...(parts.some(({ choices }) => choices) ? { choice } : {}),
    ...(solvable.length > 0
      ? {
          solvable: {
            episodes: solvable.length,
            success: solved / solvable.length,
            ci95: wilsonInterval(solved, solvable.length),
          },
        }
      : {}),
    ...(overridden.length > 0
      ? { overrideFollowed: followed / overridden.length, overridden: overridden.length }
      : {}),
  };
}
