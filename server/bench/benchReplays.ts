import type { EngineChoice } from '../../shared/config.ts';
import { EVAL_SEED_BASE } from '../../shared/constants.ts';
import type { Replay } from '../../shared/replay.ts';
import { readReplayFile } from '../../shared/replayFile.ts';
import { EpisodePlayer, type PlayTask } from '../play/play.ts';
import { checkpointPath } from '../policy/policyFile.ts';
import { Random } from '../policy/random.ts';
import { verifyReplay } from '../tasks/index.ts';

export interface ReplayBenchOptions {
  levelIds: readonly string[];
  /** Recorded in turn on each level, by the policy, the expert and by chance. */
  episodes: number;
  /** Bytes that are changed, one at a time, spread over the episodes. */
  flips: number;
  seed: number;
  engine: EngineChoice;
  onProgress?: (line: string) => void;
}

export interface ReplayBenchResult {
  episodes: number;
  steps: number;
  bytes: number;
  flips: number;
  /** Of the changed documents: not read, read and found to be wrong, and right in all that is checked. */
  refused: number;
  found: number;
  harmless: number;
  /** What must not be: an episode that does not verify, a crash, a changed state or reward that is called right. */
  findings: string[];
}

const SOURCES: readonly { name: string; source: PlayTask['source'] }[] = [
  { name: 'default', source: { kind: 'checkpoint', file: checkpointPath('default') } },
  { name: 'expert', source: { kind: 'script', name: 'expert' } },
  { name: 'random', source: { kind: 'script', name: 'random' } },
];
/** Rewards are recorded in single precision; verifying allows this much. */
const TOLERANCE = 2e-6;
const MOST_FINDINGS = 20;

/**
 * Records episodes of all levels, reads and verifies each, then changes single bytes: the reader must refuse what is no
 * replay in a clear sentence, and verifying must find every change of level, seed, mission, state, reward or outcome.
 */
export async function benchReplays(options: ReplayBenchOptions): Promise<ReplayBenchResult> {
  const { levelIds, episodes, flips, seed, engine, onProgress } = options;
  const player = new EpisodePlayer(engine);
  const random = new Random(seed, 0);
  const result: ReplayBenchResult = {
    ...{ episodes, steps: 0, bytes: 0, flips: 0, refused: 0, found: 0, harmless: 0 },
    findings: [],
  };
  const report = (finding: string) => {
    if (result.findings.length < MOST_FINDINGS) result.findings.push(finding);
  };
  for (let episode = 0; episode < episodes; episode++) {
    const { name, source } = SOURCES[Math.floor(episode / levelIds.length) % SOURCES.length];
    const replay = await player.play({
      ...{
        source,
        name,
        runId: '',
        envSteps: 0,
        greedy: false,
        ablation: 'none',
        overrides: [],
        actions: [],
      },
      levelId: levelIds[episode % levelIds.length],
      seed: EVAL_SEED_BASE + seed * episodes + episode,
    });
    const what = `${replay.levelId}, seed ${replay.seed}, ${name}`;
    const text = JSON.stringify(replay);
    const bytes = Buffer.from(text);
    result.steps += replay.outcome.steps;
    result.bytes += bytes.length;
    const verdict = verifyReplay(read(bytes));
    if (!verdict.ok) report(`${what}: does not verify: ${verdict.difference}`);
    const until = Math.round(((episode + 1) * flips) / episodes);
    for (; result.flips < until; result.flips++) {
      const at = Math.floor(random.uniform() * bytes.length);
      const before = bytes[at];
      bytes[at] = (before + 1 + Math.floor(random.uniform() * 255)) & 255;
      const outcome = outcomeOf(bytes, replay);
      if (outcome === 'refused' || outcome === 'found' || outcome === 'harmless') result[outcome]++;
      else report(`${what}, byte ${at} ${before} → ${bytes[at]}: ${outcome}`);
      bytes[at] = before;
    }
    if ((episode + 1) % 50 === 0)
      onProgress?.(
        `${episode + 1} of ${episodes} episodes, ${result.flips} changed bytes, ${result.findings.length} findings`,
      );
  }
  return result;
}

const read = (bytes: Buffer): Replay =>
  readReplayFile('a.json', bytes.subarray(0, 512), bytes.toString('utf8'));

/** What becomes of a changed document: `refused`, `found` or `harmless`, else what is wrong with that. */
export function outcomeOf(bytes: Buffer, original: Replay): string {
  let changed: Replay;
  try {
    changed = read(bytes);
  } catch (error) {
    const { name, message } = error as Error;
    return name === 'Error' && message.startsWith('a.json')
      ? 'refused'
      : `crashed: ${name}: ${message}`;
  }
  const { ok, difference } = verifyReplay(changed);
  if (!ok) return difference ? 'found' : 'is called wrong without a reason';
  const unnoticed = differenceIn(changed, original);
  return unnoticed === undefined ? 'harmless' : `is called right with another ${unnoticed}`;
}

/**
 * The first field of those that verifying vouches for in which two documents differ. Not the actions: where one that
 * does nothing stands for another that does nothing, all states and rewards come out as stated, so that is a true episode, too.
 */
function differenceIn(changed: Replay, original: Replay): string | undefined {
  for (const field of ['levelId', 'seed', 'mission', 'hashes'] as const)
    if (JSON.stringify(changed[field]) !== JSON.stringify(original[field])) return field;
  for (const [field, value] of Object.entries(original.outcome)) {
    const other = changed.outcome[field as keyof Replay['outcome']];
    if (field === 'return' ? !(Math.abs(Number(other) - Number(value)) < 2e-3) : other !== value)
      return `outcome.${field}`;
  }
  for (const id of new Set([...Object.keys(changed.rewards), ...Object.keys(original.rewards)])) {
    const [one, other] = [changed, original].map(
      ({ rewards }) => rewards[id as keyof Replay['rewards']] ?? [],
    );
    const isOff = (value: number, step: number) =>
      Math.abs(value - (other[step] ?? 0)) > 2 * TOLERANCE * Math.max(1, Math.abs(value));
    if (one.some(isOff) || (one.length === 0 && other.some((value) => Math.abs(value) > TOLERANCE)))
      return `rewards.${id}`;
  }
  return undefined;
}
