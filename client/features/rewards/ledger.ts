import type { Replay } from '../../../shared/replay.ts';
import { REWARD_TERM_IDS, type RewardTermId } from '../../../shared/rewards.ts';
import type { State } from '../../store/state.ts';

/** Where one episode's reward came from. */
export interface EpisodeLedger {
  id: string;
  success: boolean;
  steps: number;
  /** Environment steps that the policy had learned from. */
  envSteps: number;
  /** Sum over the episode of each term that was paid or taken, in the order of the table. */
  terms: readonly { id: RewardTermId; value: number }[];
  /** Sum of all that was paid, and of all that was taken (0 or less). */
  paid: number;
  taken: number;
}

const ledgers = new WeakMap<Replay, EpisodeLedger>();

export function ledgerOf(replay: Replay): EpisodeLedger {
  let ledger = ledgers.get(replay);
  if (!ledger) {
    ledger = addUp(replay);
    ledgers.set(replay, ledger);
  }
  return ledger;
}

function addUp({ id, outcome, source, rewards }: Replay): EpisodeLedger {
  const terms = REWARD_TERM_IDS.map((term) => ({
    id: term,
    value: (rewards[term] ?? []).reduce((sum, value) => sum + value, 0),
  })).filter(({ value }) => value !== 0);
  const sumOf = (sign: 1 | -1) =>
    terms.reduce((sum, { value }) => (value * sign > 0 ? sum + value : sum), 0);
  return {
    id,
    success: outcome.success,
    steps: outcome.steps,
    envSteps: source.envSteps,
    terms,
    paid: sumOf(1),
    taken: sumOf(-1),
  };
}

/** Episodes that the ledger looks back at. */
export const LEDGER_EPISODES = 30;

/** The newest episodes of the watched run, oldest first. */
export function recentLedgers(state: State): EpisodeLedger[] {
  return state.episodes.slice(-LEDGER_EPISODES).map(ledgerOf);
}

/** Each term's mean over these episodes, in the order of the table; terms that never paid are left out. */
export function meanTerms(episodes: readonly EpisodeLedger[]): EpisodeLedger['terms'] {
  return REWARD_TERM_IDS.map((id) => ({
    id,
    value:
      episodes.reduce(
        (sum, { terms }) => sum + (terms.find((term) => term.id === id)?.value ?? 0),
        0,
      ) / Math.max(1, episodes.length),
  })).filter(({ value }) => value !== 0);
}
