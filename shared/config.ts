// Longer than most files: it is the table of all settings, and what is derived from it.
import {
  defaultsOf,
  type FieldTable,
  type FieldValues,
  partialSchemaOf,
  schemaOf,
} from './fields.ts';

/**
 * Every hyperparameter of fine-tuning, once; `settingIdsOf` says which serve a way of learning. `live` ones may change while a run learns: the
 * change takes effect at the next rollout and is logged with its step.
 */
export const TRAIN_FIELDS = {
  learningRate: {
    label: 'Learning rate',
    unit: '',
    default: 0.0003,
    min: 0,
    max: 0.01,
    step: 0.0001,
    live: true,
    help: 'Step size of the optimiser: higher learns faster and forgets faster.',
  },
  coolDown: {
    label: 'Cool-down',
    unit: 'thousand steps',
    default: 0,
    min: 0,
    max: 100_000,
    step: 10,
    live: true,
    help: 'The learning rate falls evenly to a tenth over so many steps, then stays there; 0 keeps it as it is.',
  },
  entropyWeight: {
    label: 'Entropy bonus',
    unit: 'per nat',
    default: 0.003,
    min: 0,
    max: 0.2,
    step: 0.001,
    live: true,
    help: 'Rewards being undecided: keeps the agent trying other actions.',
  },
  klWeight: {
    label: 'Pull to the start',
    unit: 'per nat',
    default: 1,
    min: 0,
    max: 2,
    step: 0.01,
    live: true,
    help: 'Holds the policy near the checkpoint it started from; 0 lets it go anywhere. Where it learns from its own best tries, it is held only in the worlds that keep other skills.',
  },
  goalWeight: {
    label: 'Goal teaching',
    unit: '',
    default: 0,
    min: 0,
    max: 2,
    step: 0.05,
    live: true,
    help: 'How much the expert’s subgoals teach the Planner while fine-tuning; 0 leaves it to reward alone.',
  },
  plannerWeight: {
    label: 'Planner learns from reward',
    unit: '',
    default: 0,
    min: 0,
    max: 2,
    step: 0.05,
    help: 'How much reward changes which goals the Planner chooses and when it thinks; both are then drawn in training, as actions are. 0 leaves them as they are.',
  },
  hindsightWeight: {
    label: 'Goals learnt in hindsight',
    unit: '',
    default: 0,
    min: 0,
    max: 2,
    step: 0.05,
    live: true,
    help: 'How much each success teaches the Planner that what was done at its end had been the right goal; 0 leaves it out. No expert is asked.',
  },
  plannerOnly: {
    label: 'Only the Planner learns',
    unit: '0 or 1',
    default: 0,
    min: 0,
    max: 1,
    step: 1,
    integer: true,
    live: true,
    help: '1 freezes everything but the Planner (and the critics, which act on nothing): the Doer cannot forget how to walk.',
  },
  valueWeight: {
    label: 'Value weight',
    unit: '',
    default: 0.5,
    min: 0,
    max: 4,
    step: 0.1,
    live: true,
    help: 'Weight of the value estimate’s error beside the policy’s loss.',
  },
  valueShare: {
    label: 'Value shapes the policy',
    unit: 'share',
    default: 0,
    min: 0,
    max: 1,
    step: 0.1,
    live: true,
    help: 'How much of the value estimate’s error reaches Planner and Doer below it; 0 lets it only read their thoughts, so that a bad critic cannot spoil a good policy.',
  },
  clip: {
    label: 'Clip range',
    unit: '',
    default: 0.2,
    min: 0.02,
    max: 0.5,
    step: 0.01,
    live: true,
    help: 'How far one update may move the probability of an action.',
  },
  targetKl: {
    label: 'KL limit',
    unit: 'nats',
    default: 0.03,
    min: 0.001,
    max: 1,
    step: 0.001,
    live: true,
    help: 'An update stops early once it has moved the policy this far.',
  },
  gamma: {
    label: 'Discount',
    unit: 'per step',
    default: 0.99,
    min: 0.8,
    max: 1,
    step: 0.001,
    live: true,
    help: 'How much a reward one step later is still worth.',
  },
  lambda: {
    label: 'GAE λ',
    unit: '',
    default: 0.95,
    min: 0,
    max: 1,
    step: 0.01,
    live: true,
    help: 'Between trusting the value estimate (0) and the observed returns (1).',
  },
  rewardScale: {
    label: 'Reward scale',
    unit: '×',
    default: 20,
    min: 0.1,
    max: 100,
    step: 0.1,
    help: 'Factor on all rewards inside the learner, so that values are of a size that learns well.',
  },
  maxGradNorm: {
    label: 'Gradient clip',
    unit: '',
    default: 0.5,
    min: 0.01,
    max: 100,
    step: 0.01,
    live: true,
    help: 'Longest gradient an update may follow.',
  },
  epochs: {
    label: 'Epochs',
    unit: 'passes',
    default: 2,
    min: 1,
    max: 20,
    step: 1,
    integer: true,
    live: true,
    help: 'How often each rollout is learnt from.',
  },
  minibatches: {
    label: 'Minibatches',
    unit: 'per pass',
    default: 8,
    min: 1,
    max: 64,
    step: 1,
    integer: true,
    help: 'Into how many parts a rollout is split for each pass.',
  },
  environments: {
    label: 'Environments',
    unit: 'worlds',
    default: 64,
    min: 2,
    max: 4096,
    step: 2,
    integer: true,
    help: 'How many worlds are played at the same time.',
  },
  rolloutSteps: {
    label: 'Rollout',
    unit: 'steps',
    default: 32,
    min: 4,
    max: 1024,
    step: 4,
    integer: true,
    help: 'Steps played in each world between updates.',
  },
  valueWarmup: {
    label: 'Value warm-up',
    unit: 'updates',
    default: 4,
    min: 0,
    max: 1000,
    step: 1,
    integer: true,
    help: 'Updates at the start in which only the value estimate learns, so that a good policy is not spoilt by a bad critic.',
  },
  attempts: {
    label: 'Attempts',
    unit: 'a world',
    default: 8,
    min: 2,
    max: 64,
    step: 1,
    integer: true,
    live: true,
    help: 'How often a world is played at most where the first attempt fails or takes long.',
  },
  patience: {
    label: 'Patience',
    unit: '× a success',
    default: 4,
    min: 1,
    max: 100,
    step: 0.5,
    live: true,
    help: 'An attempt ends after so many times the length of a success in the same world, or of a usual one.',
  },
  keepSkills: {
    label: 'Keeps other skills',
    unit: 'share of worlds',
    default: 0.25,
    min: 0,
    max: 0.9,
    step: 0.05,
    help: 'Share of the worlds that play what the policy was taught before. There the pull to the start holds it: what it does, aims at and keeps aiming at. 0 leaves them out, and it forgets.',
  },
  lessonSteps: {
    label: 'Lesson',
    unit: 'steps',
    default: 1024,
    min: 32,
    max: 100_000,
    step: 32,
    integer: true,
    live: true,
    help: 'Attempts are imitated once so many steps of them were kept.',
  },
  evalEvery: {
    label: 'Held-out test every',
    unit: 'updates',
    default: 10,
    min: 0,
    max: 10000,
    step: 1,
    integer: true,
    live: true,
    help: 'How often the agent is tested on seeds it never trains on; 0 never.',
  },
  evalEpisodes: {
    label: 'Held-out test size',
    unit: 'episodes',
    default: 100,
    min: 10,
    max: 10000,
    step: 10,
    integer: true,
    live: true,
    help: 'Episodes in one held-out test.',
  },
} as const satisfies FieldTable;

export type TrainSettings = FieldValues<typeof TRAIN_FIELDS>;
export type TrainSettingId = keyof typeof TRAIN_FIELDS;
export const DEFAULT_SETTINGS: TrainSettings = defaultsOf(TRAIN_FIELDS);
export const settingsSchema = schemaOf(TRAIN_FIELDS);
export const settingsPatchSchema = partialSchemaOf(TRAIN_FIELDS);
export const LIVE_SETTING_IDS = (Object.keys(TRAIN_FIELDS) as TrainSettingId[]).filter(
  (id) => 'live' in TRAIN_FIELDS[id],
);

/** How a run learns from what it plays. */
export const LEARNINGS = ['ppo', 'self-cloning'] as const;
export type Learning = (typeof LEARNINGS)[number];
export const LEARNING_INFO: Record<Learning, { label: string; help: string }> = {
  ppo: {
    label: 'By reward, step by step (PPO)',
    help: 'Plays each world once; makes each action likelier or less so by what it brought more than expected.',
  },
  'self-cloning': {
    label: 'From its own best tries (self-cloning)',
    help: 'Plays each world; where it fails or takes long, plays it several times more, keeps the best try, and imitates itself. Beside that it plays what it was taught before, and is held there to what it did.',
  },
};

/** What a person chooses: a way of learning, or what was found to serve the start best. */
export const LEARNING_CHOICES = {
  usual: {
    label: 'In the way that serves best',
    help: 'From its own best tries where only the mission is paid and it starts from a policy that was taught many; else by reward.',
  },
  ...LEARNING_INFO,
};
export type LearningChoice = keyof typeof LEARNING_CHOICES;

/** Settings that mean nothing in other ways of learning. */
const OWN_SETTINGS: Record<Learning, readonly TrainSettingId[]> = {
  ppo: [
    'entropyWeight',
    'goalWeight',
    'plannerWeight',
    'hindsightWeight',
    'plannerOnly',
    'valueWeight',
    'valueShare',
    'clip',
    'targetKl',
    'gamma',
    'lambda',
    'rewardScale',
    'minibatches',
    'valueWarmup',
  ],
  'self-cloning': ['attempts', 'patience', 'keepSkills', 'lessonSteps'],
};

/** The settings that have an effect in a way of learning. */
export function settingIdsOf(learning: Learning): TrainSettingId[] {
  const foreign = LEARNINGS.flatMap((other) => (other === learning ? [] : OWN_SETTINGS[other]));
  return (Object.keys(TRAIN_FIELDS) as TrainSettingId[]).filter((id) => !foreign.includes(id));
}

/** Kinds of policy that set no goals. */
const WITHOUT_PLANNER: readonly string[] = ['flat', 'gru'] satisfies PolicyKind[];
/** Settings that need a Planner, but where they are 0. */
const PLANNER_SETTINGS: readonly string[] = ['plannerWeight', 'hindsightWeight', 'plannerOnly'];

/**
 * The first of these settings that would have no effect in a way of learning, or for a kind of policy, and what is
 * accepted instead.
 */
export function idleSetting(
  learning: Learning,
  policy: string,
  settings: Readonly<Record<string, number | undefined>>,
): { id: string; message: string } | undefined {
  const known: readonly string[] = settingIdsOf(learning);
  for (const [id, value] of Object.entries(settings)) {
    if (!known.includes(id))
      return {
        id,
        message: `has no effect where the run learns by ${learning}; accepted: ${known.join(', ')}`,
      };
    if (value && PLANNER_SETTINGS.includes(id) && WITHOUT_PLANNER.includes(policy))
      return {
        id,
        message: `is ${value}, and has no effect for the policy ${policy}, which has no Planner; accepted: 0`,
      };
  }
  return undefined;
}

/**
 * What a run may start from where no other run is meant: the checkpoints that come with the program, or nothing; with
 * the settings that were found to serve each. The defaults are for polishing a policy that is good already; where much
 * is still to be learnt the steps are bigger, and the critic shapes the policy.
 */
export const STARTS = {
  default: {
    label: 'All skills',
    help: 'Starts from the policy that was taught all of BabyAI by the expert: fine-tuning polishes it.',
    settings: {},
  },
  rooms: {
    label: 'Single rooms only',
    help: 'Starts from a policy that has never left a single room: in a maze you see it learn within a minute.',
    settings: {
      learningRate: 0.0007,
      epochs: 3,
      entropyWeight: 0.01,
      valueShare: 1,
      klWeight: 0.02,
      goalWeight: 0.1,
    },
  },
  scratch: {
    label: 'Nothing',
    help: 'Starts from random weights and learns from reward alone; on some missions easier ones are mixed in.',
    settings: {
      // Short rollouts: what is learnt early is tried at once. Half the steps of 32 on GoToRedBall.
      rolloutSteps: 16,
      minibatches: 4,
      learningRate: 0.001,
      entropyWeight: 0.01,
      valueShare: 1,
      klWeight: 0,
      goalWeight: 0,
      // Goals that mean something: without these two the targets it names are hardly ever reached (RESULTS.md).
      plannerWeight: 0.5,
      hindsightWeight: 0.5,
      valueWarmup: 0,
    },
  },
} as const satisfies Record<
  string,
  { label: string; help: string; settings: Partial<TrainSettings> }
>;
export type StartId = keyof typeof STARTS;

const startOf = (init: string) =>
  Object.hasOwn(STARTS, init) ? STARTS[init as StartId] : STARTS.default;

/** Settings of a run that starts from `init` (a name in STARTS, or any checkpoint) where nobody said otherwise. */
export function settingsFor(init: string, learning: Learning = 'ppo'): TrainSettings {
  if (learning === 'self-cloning') {
    // Who starts from nothing has nothing to keep, and much to learn.
    const keeps = init === 'scratch' ? { klWeight: 0, keepSkills: 0, coolDown: 0 } : {};
    return { ...DEFAULT_SETTINGS, ...SELF_CLONING_SETTINGS, ...keeps };
  }
  return { ...DEFAULT_SETTINGS, ...startOf(init).settings };
}

/** What self-cloning learns with. With the cool-down a policy gained as much and seemed to forget less (RESULTS.md). */
const SELF_CLONING_SETTINGS: Partial<TrainSettings> = {
  learningRate: 0.0003,
  coolDown: 1000,
  environments: 128,
  epochs: 3,
  klWeight: 1,
};

export const POLICY_KINDS = ['hrm', 'flat', 'gru', 'trm'] as const;
export type PolicyKind = (typeof POLICY_KINDS)[number];
export const PRESET_IDS = ['nano', 'small', 'paper'] as const;
export type PresetId = (typeof PRESET_IDS)[number];
/** `wasm` has the fused kernels; `wasm-plain` is the same backend without them, for comparison. */
export const ENGINE_NAMES = ['wasm', 'tfjs-node', 'webgpu', 'wasm-plain', 'cpu'] as const;
export type EngineName = (typeof ENGINE_NAMES)[number];
/** What can be asked for: an engine, or the fastest that works. */
export const ENGINE_CHOICES = ['auto', ...ENGINE_NAMES] as const;
export type EngineChoice = (typeof ENGINE_CHOICES)[number];
