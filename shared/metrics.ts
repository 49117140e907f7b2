import { z } from 'zod';

/** One measured quantity of a run: what a chart, a tooltip and the metrics endpoint say about it. */
export interface MetricInfo {
  readonly label: string;
  readonly unit: string;
  readonly meaning: string;
  readonly group: 'outcome' | 'held-out' | 'learning' | 'planner' | 'speed';
}

export const METRICS = {
  success: {
    label: 'Success',
    unit: 'share',
    group: 'outcome',
    meaning: 'Share of the last 100 training episodes whose mission was done.',
  },
  return: {
    label: 'Return',
    unit: 'reward',
    group: 'outcome',
    meaning: 'Mean sum of all reward terms over the last 100 training episodes.',
  },
  length: {
    label: 'Episode length',
    unit: 'steps',
    group: 'outcome',
    meaning: 'Mean length of the last 100 training episodes.',
  },
  evalSuccess: {
    label: 'Held-out success',
    unit: 'share',
    group: 'held-out',
    meaning: 'Share of held-out episodes (seeds never trained on) whose mission was done.',
  },
  evalLow: {
    label: 'Held-out, lower bound',
    unit: 'share',
    group: 'held-out',
    meaning: 'Lower end of the 95 % interval of held-out success.',
  },
  evalHigh: {
    label: 'Held-out, upper bound',
    unit: 'share',
    group: 'held-out',
    meaning: 'Upper end of the 95 % interval of held-out success.',
  },
  policyLoss: {
    label: 'Policy loss',
    unit: '',
    group: 'learning',
    meaning: 'PPO’s clipped surrogate, averaged over the update.',
  },
  valueLoss: {
    label: 'Value loss',
    unit: 'reward²',
    group: 'learning',
    meaning: 'Squared error of the value estimate against the observed returns.',
  },
  hardWorlds: {
    label: 'Hard worlds',
    unit: 'worlds',
    group: 'learning',
    meaning:
      'Worlds whose attempts are over since the update before and in which one failed or took long.',
  },
  solvedWorlds: {
    label: 'Hard worlds solved',
    unit: 'worlds',
    group: 'learning',
    meaning: 'Those of them in which some attempt succeeded.',
  },
  keptAttempts: {
    label: 'Attempts kept',
    unit: 'episodes',
    group: 'learning',
    meaning: 'Best attempts that were kept since the update before, to be imitated.',
  },
  imitationLoss: {
    label: 'Imitation loss',
    unit: 'nats',
    group: 'learning',
    meaning: 'Cross-entropy of the policy’s actions and goals to those of its best attempts.',
  },
  entropy: {
    label: 'Entropy',
    unit: 'nats',
    group: 'learning',
    meaning: 'How undecided the Doer is: 1.95 is pure chance over seven actions, 0 is certain.',
  },
  kl: {
    label: 'Update KL',
    unit: 'nats',
    group: 'learning',
    meaning: 'How far one update moved the policy (approximate KL).',
  },
  klReference: {
    label: 'KL to start',
    unit: 'nats',
    group: 'learning',
    meaning:
      'How far the policy is from the checkpoint it started from; where it clones itself, in actions, goals and when to think, in the worlds that keep other skills.',
  },
  clipFraction: {
    label: 'Clipped share',
    unit: 'share',
    group: 'learning',
    meaning: 'Share of samples where PPO’s ratio was clipped.',
  },
  gradNorm: {
    label: 'Gradient norm',
    unit: '',
    group: 'learning',
    meaning: 'Global norm of the gradient before clipping.',
  },
  explainedVariance: {
    label: 'Explained variance',
    unit: 'share',
    group: 'learning',
    meaning: 'How much of the returns the value estimate explains: 1 is all of it.',
  },
  learningRate: {
    label: 'Learning rate',
    unit: '',
    group: 'learning',
    meaning: 'Step size of the optimiser.',
  },
  goalAccuracy: {
    label: 'Goal accuracy',
    unit: 'share',
    group: 'planner',
    meaning: 'Share of steps where the Planner’s goal is the expert’s.',
  },
  goalHitRate: {
    label: 'Goal hit rate',
    unit: 'share',
    group: 'planner',
    meaning: 'Share of announced targets that the agent then reaches before the goal is dropped.',
  },
  goalLife: {
    label: 'Goal life',
    unit: 'steps',
    group: 'planner',
    meaning: 'Mean number of steps for which the Planner keeps a goal.',
  },
  faithfulness: {
    label: 'Faithfulness',
    unit: 'share',
    group: 'planner',
    meaning:
      'Whether the Doer does what the Planner says: by how much more often the agent first faces another object where the Planner is told to want it than where it is told nothing, in 48 held-out worlds. 0 % means that goals are words alone.',
  },
  ponder: {
    label: 'Ponder',
    unit: 'segments',
    group: 'planner',
    meaning: 'Mean number of reasoning segments spent on a step.',
  },
  stepsPerSecond: {
    label: 'Speed',
    unit: 'steps/s',
    group: 'speed',
    meaning: 'Environment steps a second, learning included.',
  },
} as const satisfies Record<string, MetricInfo>;

export type MetricId = keyof typeof METRICS;
export const METRIC_IDS = Object.keys(METRICS) as MetricId[];

/** One point on every chart: what one update measured. Absent keys were not measured at this update. */
export const metricPointSchema = z.strictObject({
  envSteps: z.number().int().min(0),
  episodes: z.number().int().min(0),
  seconds: z.number().describe('Spent training, pauses left out.'),
  updates: z.number().int().min(0),
  values: z.partialRecord(z.enum(METRIC_IDS), z.number()),
});
export type MetricPoint = z.infer<typeof metricPointSchema>;

/** Measurements as a table: a line of names, then one line an update; what was not measured is empty. */
export function metricsCsv(points: readonly MetricPoint[]): string {
  const counters = ['updates', 'envSteps', 'episodes', 'seconds'] as const;
  const measured = METRIC_IDS.filter((id) => points.some(({ values }) => values[id] !== undefined));
  const lines = points.map((point) =>
    [...counters.map((id) => point[id]), ...measured.map((id) => point.values[id] ?? '')].join(),
  );
  return [[...counters, ...measured].join(), ...lines, ''].join('\n');
}

/** Name under which TensorBoard finds a run's file in its folder. */
export const eventFileName = (runId: string, createdAt: number) =>
  `events.out.tfevents.${Math.floor(createdAt / 1000)}.${runId}`;
