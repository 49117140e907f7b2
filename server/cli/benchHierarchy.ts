import { readFile } from 'node:fs/promises';
import { EVAL_SEED_BASE } from '../../shared/constants.ts';
import { foreignKind } from '../../shared/foreignFile.ts';
import { percent } from '../../shared/percent.ts';
import { ARM_IDS, ARMS, type ArmId } from '../bench/hierarchy/arms.ts';
import {
  type HierarchyRun,
  type HierarchyTerms,
  hierarchyRuns,
} from '../bench/hierarchy/hierarchy.ts';
import { compare, hierarchyText } from '../bench/hierarchy/hierarchyText.ts';
import { provenance } from '../bench/machine.ts';
import { writeWhole } from '../processes/wholeFile.ts';
import { defineCommand, UsageError } from './command.ts';
import { checkLevels, checkSeeds, LEVELS_OPTION } from './levelOption.ts';
import { parseSettings, SEEDS_OPTION, seedsFrom, TRAINING_OPTIONS } from './trainingOptions.ts';

const { policy: _one, ...SHARED } = TRAINING_OPTIONS;

export const command = defineCommand({
  options: {
    levels: {
      ...LEVELS_OPTION,
      help: 'Level ids whose missions have several clauses.',
      required: true,
    },
    arms: {
      type: 'list',
      help: `Policies to compare; all where not given. ${ARM_IDS.map((id) => `${id}: ${ARMS[id].help}`).join(' ')}`,
      placeholder: 'A,B',
      choices: ARM_IDS,
      default: ARM_IDS,
    },
    demonstrations: {
      type: 'list',
      help: 'Numbers of demonstrations to clone from, each for all arms.',
      placeholder: 'N,M',
      default: ['1000', '10000'],
      check: (text) =>
        /^[1-9]\d{0,5}$/.test(text) ? undefined : 'accepted: whole numbers from 1 to 999999',
    },
    clauses: {
      type: 'integer',
      help: 'Clauses of the longest missions that are demonstrated; longer ones are only tested.',
      default: 2,
      min: 1,
      max: 3,
    },
    steps: {
      type: 'integer',
      help: 'Environment steps of cloning, for every arm.',
      default: 200_000,
      min: 1,
    },
    seeds: SEEDS_OPTION,
    episodes: {
      type: 'integer',
      help: 'Held-out episodes of each test.',
      default: 200,
      min: 10,
      max: 100_000,
    },
    'seed-base': {
      type: 'integer',
      help: 'Tests play seeds from here up.',
      default: EVAL_SEED_BASE,
      min: EVAL_SEED_BASE,
    },
    keep: {
      type: 'text',
      help: 'A JSON file with all finished runs; those in it are not made again.',
      placeholder: 'FILE',
      path: 'written',
    },
    ...SHARED,
  },
  async run({ options, say }) {
    checkLevels(options.levels);
    checkSeeds(options['seed-base'], options.episodes);
    const { clauses, steps, episodes, preset, keep } = options;
    const terms: HierarchyTerms = {
      ...{ clauses, steps, episodes, preset, seedBase: options['seed-base'] },
      settings: parseSettings(options.set),
    };
    const before = keep ? await keptRuns(keep, terms) : [];
    const runs = await hierarchyRuns({
      ...terms,
      levels: options.levels,
      arms: options.arms as ArmId[],
      demonstrations: options.demonstrations.map(Number),
      seeds: seedsFrom(options.seed, options.seeds),
      engine: options.engine,
      workers: options.workers,
      before,
      onRun: async (done) => {
        const run = done.at(-1)!;
        say(
          `${run.level}, ${run.demonstrations} demonstrations, seed ${run.seed}, ${run.arm}: ${percent(run.success)} of missions as trained, ${percent(run.longer)} of longer ones, ${run.seconds} s`,
        );
        if (keep)
          writeWhole(
            keep,
            `${JSON.stringify({ ...provenance(), terms, runs: done }, undefined, 1)}\n`,
          );
      },
    });
    return { json: { terms, runs, comparisons: compare(runs) }, text: hierarchyText(runs, preset) };
  },
});

/** Runs of a file that were made on the same terms; throws a UsageError where it holds others. */
async function keptRuns(file: string, terms: HierarchyTerms): Promise<HierarchyRun[]> {
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
  const kept = readKept(text);
  const foreign = foreignKind(Buffer.from(text.slice(0, 512)), 'json');
  if (!kept)
    throw new UsageError(
      `--keep ${file} ${foreign ? `is ${foreign}` : 'holds no runs of this command'}; accepted: a file that it wrote, or none yet`,
    );
  for (const key of Object.keys(terms) as (keyof HierarchyTerms)[]) {
    const [found, asked] = [kept.terms[key], terms[key]].map((value) => JSON.stringify(value));
    if (found !== asked)
      throw new UsageError(
        `--keep ${file} holds runs with ${key} ${found}, and now it is ${asked}; accepted: the same, or another file`,
      );
  }
  return kept.runs;
}

function readKept(text: string): { terms: HierarchyTerms; runs: HierarchyRun[] } | undefined {
  try {
    const kept = JSON.parse(text);
    const isOne = kept?.terms !== null && typeof kept?.terms === 'object';
    return isOne && Array.isArray(kept.runs) ? kept : undefined;
  } catch {
    return undefined;
  }
}
