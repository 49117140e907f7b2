import { POLICY_KINDS, type PolicyKind } from '../../shared/config.ts';
import { policyTable, policyTableText } from '../bench/policyTable.ts';
import { defineCommand, UsageError } from './command.ts';
import { GOALS_OPTION } from './evaluate.ts';
import { checkLevels, LEVELS_OPTION } from './levelOption.ts';
import { parseSettings, SEEDS_OPTION, seedsFrom, TRAINING_OPTIONS } from './trainingOptions.ts';

const { policy: _one, ...SHARED } = TRAINING_OPTIONS;

export const command = defineCommand({
  options: {
    levels: {
      ...LEVELS_OPTION,
      help: 'Level ids; each is learnt by itself.',
      required: true,
    },
    policies: {
      type: 'list',
      help: `Kinds of policy: ${POLICY_KINDS.join(', ')}; all where not given.`,
      placeholder: 'A,B',
    },
    seeds: SEEDS_OPTION,
    steps: { type: 'integer', help: 'Environment steps of PPO.', default: 100_000, min: 1 },
    'clone-steps': {
      type: 'integer',
      help: 'Environment steps of cloning the expert before PPO; 0 learns from scratch.',
      default: 0,
      min: 0,
    },
    episodes: { type: 'integer', help: 'Held-out episodes of each test.', default: 200, min: 10 },
    every: { type: 'integer', help: 'Environment steps between tests.', default: 20_000, min: 1 },
    goals: GOALS_OPTION,
    ...SHARED,
  },
  async run({ options, say }) {
    checkLevels(options.levels);
    const {
      policies = POLICY_KINDS,
      seed,
      seeds,
      set,
      'clone-steps': cloneSteps,
      ...rest
    } = options;
    for (const kind of policies) {
      if (!(POLICY_KINDS as readonly string[]).includes(kind)) {
        throw new UsageError(`--policies has "${kind}"; accepted: ${POLICY_KINDS.join(', ')}`);
      }
    }
    const runs = await policyTable({
      ...rest,
      policies: policies as readonly PolicyKind[],
      seeds: seedsFrom(seed, seeds),
      cloneSteps,
      settings: parseSettings(set),
      onProgress: say,
    });
    return { json: { runs }, text: policyTableText(runs) };
  },
});
