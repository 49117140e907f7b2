import { wilsonInterval } from '../../shared/statistics.ts';
import { goalClass } from '../tasks/babyai/features.ts';
import { type GoalCounts, noGoals, sumGoals } from './keptGoal.ts';
import type { Seat } from './seat.ts';
import type { Sink, Turn } from './table.ts';

export interface Evaluation {
  episodes: number;
  success: number;
  /** 95 % Wilson interval of success. */
  ci95: [number, number];
  /** Mean mission reward. */
  meanReturn: number;
  meanLength: number;
  goalHitRate: number;
  meanGoalLife: number;
  meanPonder: number;
  /** Share of announced goals whose subgoal, and whose subgoal and target, were the expert's. */
  subgoalAccuracy: number;
  goalAccuracy: number;
  /** With an override: share of episodes in which the agent faced the named object before any other. */
  overrideFollowed?: number;
}

/** What one episode adds to an evaluation. */
export interface EpisodeScore {
  seed: number;
  success: boolean;
  /** Mission reward. */
  reward: number;
  length: number;
  /** With an override: whether it was followed. */
  followed?: boolean;
}

/** What an evaluation counts. Tallies of parts add up to that of the whole, exactly. */
export interface Tally {
  episodes: EpisodeScore[];
  steps: number;
  ponder: number;
  announced: number;
  /** Announced goals whose subgoal was the expert's, and those whose target was, too. */
  subgoalHits: number;
  goalHits: number;
  goals: GoalCounts;
}

/** Counts what an evaluation reports. Seats that ask their expert also tell how right goals are. */
export class Score implements Sink {
  private readonly counts = {
    steps: 0,
    ponder: 0,
    announced: 0,
    subgoalHits: 0,
    goalHits: 0,
  };
  private readonly goals: GoalCounts[] = [];
  private readonly episodes: EpisodeScore[] = [];
  private readonly followed: ((seat: Seat) => boolean) | undefined;
  private readonly onProgress: ((done: number) => void) | undefined;

  /** @param followed whether the episode just ended followed its override */
  constructor(followed?: (seat: Seat) => boolean, onProgress?: (done: number) => void) {
    this.followed = followed;
    this.onProgress = onProgress;
  }

  thought({ table, thought }: Turn): void {
    const { counts } = this;
    for (const { index, playing, expert, asks, episode } of table.seats) {
      if (!playing) continue;
      counts.steps++;
      counts.ponder += 1 + thought.replanned[index];
      if (!thought.replanned[index] || !asks || expert.action < 0) continue;
      const { subgoal, x, y } = expert;
      const same = thought.subgoals[index] === subgoal;
      counts.announced++;
      if (same) counts.subgoalHits++;
      if (same && thought.cells[index] === goalClass(episode.pose, x, y)) counts.goalHits++;
    }
  }

  ended(seat: Seat): void {
    const { episode, goal } = seat;
    const { seed, success, steps } = episode;
    const score: EpisodeScore = { seed, success, reward: episode.missionReward, length: steps };
    if (this.followed) score.followed = this.followed(seat);
    this.episodes.push(score);
    goal.drop();
    this.goals.push(goal.takeCounts());
    this.onProgress?.(this.episodes.length);
  }

  tally(): Tally {
    return { episodes: this.episodes, ...this.counts, goals: sumGoals(this.goals) };
  }
}

const noTally = (): Tally => ({
  episodes: [],
  steps: 0,
  ponder: 0,
  announced: 0,
  subgoalHits: 0,
  goalHits: 0,
  goals: noGoals(),
});

/** The evaluation of all parts together, whoever played which of the episodes. */
export function evaluationOf(parts: readonly Tally[]): Evaluation {
  const sum = noTally();
  for (const part of parts) {
    for (const key of ['steps', 'ponder', 'announced', 'subgoalHits', 'goalHits'] as const)
      sum[key] += part[key];
  }
  const { finished, lived, targeted, reached } = sumGoals(parts.map(({ goals }) => goals));
  // Sums of fractions depend on their order, so that order is the seeds'.
  const episodes = parts.flatMap((part) => part.episodes).sort((a, b) => a.seed - b.seed);
  const total = (of: (episode: EpisodeScore) => number) =>
    episodes.reduce((all, episode) => all + of(episode), 0);
  const successes = total(({ success }) => Number(success));
  const share = (part: number, whole: number) => (whole > 0 ? part / whole : 0);
  const mean = (of: (episode: EpisodeScore) => number) => share(total(of), episodes.length);
  const overridden = episodes.some(({ followed }) => followed !== undefined);
  return {
    episodes: episodes.length,
    success: share(successes, episodes.length),
    ci95: wilsonInterval(successes, episodes.length),
    meanReturn: mean(({ reward }) => reward),
    meanLength: mean(({ length }) => length),
    goalHitRate: share(reached, targeted),
    meanGoalLife: share(lived, finished),
    meanPonder: share(sum.ponder, sum.steps),
    subgoalAccuracy: share(sum.subgoalHits, sum.announced),
    goalAccuracy: share(sum.goalHits, sum.announced),
    ...(overridden ? { overrideFollowed: mean(({ followed }) => Number(followed)) } : {}),
  };
}
