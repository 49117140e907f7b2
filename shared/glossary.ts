import { METRICS, type MetricInfo } from './metrics.ts';

/** A number that the page shows: what it is called, its unit, and what it means in one plain sentence. */
export type GlossaryEntry = Pick<MetricInfo, 'label' | 'unit' | 'meaning'>;

/** Numbers of a single episode, of a run as a whole, or of a level; those measured at every update are METRICS. */
const READOUTS = {
  runStatus: {
    label: 'Run',
    unit: '',
    meaning: 'Whether the watched run is learning just now.',
  },
  level: {
    label: 'Level',
    unit: '',
    meaning: 'The mission that the policy is being fine-tuned on.',
  },
  envSteps: {
    label: 'Learned from',
    unit: 'environment steps',
    meaning: 'Steps of the environment that the policy has learned from so far.',
  },
  policy: {
    label: 'Policy',
    unit: '',
    meaning: 'Kind and size of the policy, and the checkpoint it started from.',
  },
  engine: {
    label: 'Engine',
    unit: '',
    meaning: 'What computes the networks, and on how many workers at a time.',
  },
  parameters: {
    label: 'Parameters',
    unit: '',
    meaning: 'Numbers in the policy that learning may change.',
  },
  runSeed: {
    label: 'Seed of the run',
    unit: '',
    meaning: 'Fixes all of the run’s randomness: the same seed gives the same run again.',
  },
  init: {
    label: 'Started from',
    unit: '',
    meaning: 'The checkpoint that the run began with.',
  },
  learning: {
    label: 'Learns',
    unit: '',
    meaning:
      'How the run learns from what it plays. Chosen when it is made; where nobody chose, it can change with what is paid.',
  },
  runs: { label: 'Runs', unit: 'runs', meaning: 'Runs that this server keeps.' },
  recordings: {
    label: 'Recordings',
    unit: 'episodes',
    meaning: 'Episodes that were kept by hand, by anyone.',
  },
  runFacts: {
    label: 'Run in a line',
    unit: 'steps, share',
    meaning:
      'State, environment steps learned from, and newest success: held out where it was tested, else in training.',
  },
  recordingFacts: {
    label: 'Recording in a line',
    unit: 'steps',
    meaning: 'Whether the mission was done, the steps it took, and when it was recorded.',
  },
  levelSeed: {
    label: 'Seed',
    unit: '',
    meaning:
      'Fixes the world that is drawn: the same level and seed are always the same world. Training draws seeds below 1,000,000,000; held-out tests use those from there up.',
  },
  episodeSource: {
    label: 'Episode’s origin',
    unit: 'environment steps',
    meaning: 'Who played this episode, and how many steps the policy had learned from by then.',
  },
  step: {
    label: 'Step',
    unit: 'steps',
    meaning: 'Step of the episode that is on the stage, and how many the episode has.',
  },
  viewingSpeed: {
    label: 'Viewing speed',
    unit: '× (1× is four steps a second)',
    meaning: 'How fast episodes are played on the stage. Learning has a speed of its own.',
  },
  confidence: {
    label: 'Confidence',
    unit: '%',
    meaning: 'Share of the Planner’s belief that is on its present goal.',
  },
  goalAge: {
    label: 'Kept for',
    unit: 'steps',
    meaning: 'Steps for which the Planner has kept its present goal.',
  },
  actionProbability: {
    label: 'Action probability',
    unit: '%',
    meaning: 'How likely the Doer was to take this action at this step.',
  },
  thought: {
    label: 'Thought',
    unit: 'segments',
    meaning: 'Reasoning segments spent on this step, one tick each.',
  },
  stepReward: {
    label: 'Reward of this step',
    unit: 'reward',
    meaning: 'What this step paid, term by term, with the weights of the Rewards panel.',
  },
  returnSoFar: {
    label: 'Return so far',
    unit: 'reward',
    meaning: 'Sum of all rewards of this episode up to this step.',
  },
  value: {
    label: 'Expects',
    unit: 'reward',
    meaning: 'Value estimate: the return that the agent expects from here on.',
  },
  outcome: {
    label: 'Outcome',
    unit: 'steps, reward',
    meaning: 'Length of the episode and the sum of all its rewards.',
  },
  narration: {
    label: 'In words',
    unit: 'steps, %',
    meaning:
      'What happens on the stage: the step, the action, the Planner’s goal and its confidence.',
  },
  ledgerShown: {
    label: 'Paid on stage',
    unit: 'reward',
    meaning: 'Sum of this term over the whole episode that is on the stage.',
  },
  ledgerMean: {
    label: 'Paid on average',
    unit: 'reward per episode',
    meaning: 'Mean of this term over the newest episodes shown here.',
  },
  lastChange: {
    label: 'Last change',
    unit: 'as of its slider',
    meaning: 'What was changed last, from and to; the marks on the curves show where.',
  },
  sinceChange: {
    label: 'Since the change',
    unit: 'environment steps, episodes',
    meaning: 'What the policy has learned from since this change took effect.',
  },
  effectHeldOut: {
    label: 'Held out, before and after',
    unit: '% of held-out episodes',
    meaning:
      'Success in the last held-out test before the change and in the newest one since, and of how many episodes each.',
  },
  effectTraining: {
    label: 'Training, before and after',
    unit: '% of training episodes',
    meaning:
      'Success in the 100 training episodes before the change and in the newest 100 since, and of how many each.',
  },
  effectReturn: {
    label: 'Return, before and after',
    unit: 'reward',
    meaning:
      'Mean return of the same episodes. After a change of the rewards it is counted in other weights: compare success instead.',
  },
  levelCount: {
    label: 'Missions found',
    unit: 'levels',
    meaning: 'Levels that fit what is searched for, of all there are.',
  },
  difficulty: {
    label: 'Difficulty',
    unit: 'steps',
    meaning:
      'Mean steps that the scripted expert needs, a measure of how far the agent has to plan ahead.',
  },
  size: {
    label: 'Size',
    unit: 'cells',
    meaning: 'Width and height of the world, walls included. The agent sees 7 × 7 of it.',
  },
  maxSteps: {
    label: 'Step limit',
    unit: 'steps',
    meaning: 'After so many steps an episode ends without success.',
  },
  solved: {
    label: 'Solved by the expert',
    unit: '% of tried worlds',
    meaning: 'Share of the worlds drawn for this mission in which the scripted expert got it done.',
  },
  expectedLength: {
    label: 'Expert’s length',
    unit: 'steps',
    meaning: 'Mean steps that the scripted expert needed where it got the mission done.',
  },
  cell: {
    label: 'Cell',
    unit: 'cells from the top left corner',
    meaning: 'Column and row of the chosen cell; the border is wall.',
  },
} as const satisfies Record<string, GlossaryEntry>;

/** Every number on the page. Tooltips and the list in the help dialog read from here and nowhere else. */
export const GLOSSARY = { ...METRICS, ...READOUTS } as const;
export type GlossaryId = keyof typeof GLOSSARY;
export const GLOSSARY_IDS = Object.keys(GLOSSARY) as readonly GlossaryId[];

/** Meaning and unit in one line. */
export function explain(id: GlossaryId): string {
  const { meaning, unit } = GLOSSARY[id];
  return unit ? `${meaning} Unit: ${unit}.` : meaning;
}
