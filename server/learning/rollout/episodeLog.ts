import { createEnv, NUM_REWARD_TERMS, type VectorEnv } from '../../../envs/index.ts';
import { REPLAY_FORMAT, REPLAY_VERSION, type Replay } from '../../../shared/replay.ts';
import { REWARD_TERM_IDS, type RewardTermId, type RewardWeights } from '../../../shared/rewards.ts';
import type { GoalKeeper } from '../../play/goalKeeper.ts';
import { type Mind, newMind, noteThought, round } from '../../play/mindColumns.ts';
import type { ActResult } from '../../policy/act.ts';

/** What became of one episode. */
export interface EpisodeEnd {
  levelId: string;
  success: boolean;
  return: number;
  length: number;
}

interface Draft {
  mind: Mind;
  ledger: number[];
}

export interface EpisodeLogOptions {
  recorded: number;
  runId: string;
  /** Tells this log's worlds from those of the run's other workers. */
  rank: number;
  policy: string;
  rewards: RewardWeights;
  /** Factor on rewards inside the learner: values are shown without it. */
  rewardScale: number;
}

/** Follows the episodes of many worlds: how each ended, and of the first few everything for a replay. */
export class EpisodeLog {
  /** Ends since last taken, in order. */
  private ends: EpisodeEnd[] = [];
  private readonly drafts: Draft[];
  /** Of the kept worlds: whether an episode of this rollout was given out. */
  private readonly wasShown: boolean[];
  private readonly returns: Float64Array;
  private readonly worlds: VectorEnv;
  private readonly options: EpisodeLogOptions;
  /** Weights that the present rewards are made with. */
  readonly rewards: RewardWeights;
  envSteps = 0;

  constructor(worlds: VectorEnv, options: EpisodeLogOptions) {
    this.worlds = worlds;
    this.options = options;
    this.rewards = { ...options.rewards };
    this.drafts = Array.from({ length: Math.min(options.recorded, worlds.size) }, newDraft);
    this.wasShown = this.drafts.map(() => false);
    this.returns = new Float64Array(worlds.size);
  }

  beginRollout(): void {
    this.wasShown.fill(false);
  }

  setRewards(rewards: RewardWeights): void {
    Object.assign(this.rewards, rewards);
  }

  /** A world began an episode by other means than ending one: nothing is known of it yet. */
  begin(env: number): void {
    this.returns[env] = 0;
    if (env < this.drafts.length) this.drafts[env] = newDraft();
  }

  /**
   * Notes what the policy thought before a step of world `env`; goals are those after announcing.
   * Returns the columns that it went into; undefined where the world's episodes are not kept.
   */
  decide(env: number, thought: ActResult, goals: GoalKeeper): Mind | undefined {
    const mind = (this.drafts[env] as Draft | undefined)?.mind;
    if (mind) noteThought(mind, env, thought, goals, this.options.rewardScale);
    return mind;
  }

  /**
   * Call after the worlds have made a step. Returns the episode to show where one has ended: the first
   * of a rollout in each of the kept worlds, as it is not known then how many will follow.
   */
  step(env: number, over: boolean): Replay | undefined {
    const { worlds } = this;
    this.returns[env] += worlds.rewards[env];
    const draft = this.drafts[env] as Draft | undefined;
    if (draft) {
      for (let term = 0; term < NUM_REWARD_TERMS; term++) {
        draft.ledger.push(worlds.rewardTerms[env * NUM_REWARD_TERMS + term]);
      }
    }
    if (!over) return undefined;
    const success = worlds.success[env] === 1;
    const levelId = worlds.envs[env].level.id;
    const length = worlds.finalStepCounts[env];
    this.ends.push({ levelId, success, return: this.returns[env], length });
    // An episode that was restored half way has only half a story.
    if (!draft || draft.mind.values.length !== length || this.wasShown[env]) return undefined;
    this.wasShown[env] = true;
    return this.replayOf(env, draft);
  }

  takeEnds(): EpisodeEnd[] {
    return this.ends.splice(0);
  }

  private replayOf(env: number, draft: Draft): Replay {
    const { worlds } = this;
    const levelId = worlds.envs[env].level.id;
    const seed = worlds.finalSeeds[env];
    const actions = Array.from(worlds.finalActions(env));
    const { hashes, mission } = stateHashes(levelId, seed, actions);
    const rewards: Replay['rewards'] = {};
    let total = 0;
    for (const [term, id] of REWARD_TERM_IDS.entries()) {
      const column = actions.map((_, t) => round(draft.ledger[t * NUM_REWARD_TERMS + term], 6));
      if (column.some((value) => value !== 0)) rewards[id as RewardTermId] = column;
      total += column.reduce((a, b) => a + b, 0);
    }
    return {
      format: REPLAY_FORMAT,
      version: REPLAY_VERSION,
      id: `${this.options.runId}.${this.envSteps}.${this.options.rank}-${env}`,
      levelId,
      seed,
      mission,
      createdAt: Date.now(),
      source: {
        kind: 'training',
        runId: this.options.runId,
        policy: this.options.policy,
        envSteps: this.envSteps,
      },
      rewardWeights: { ...this.rewards },
      outcome: {
        success: worlds.success[env] === 1,
        terminated: worlds.terminated[env] === 1,
        truncated: worlds.truncated[env] === 1,
        missionReward: worlds.missionRewards[env],
        return: round(total, 6),
        steps: actions.length,
      },
      hashes,
      actions,
      rewards,
      mind: draft.mind,
    };
  }
}

/** State hashes of an episode, played again from its seed. */
function stateHashes(levelId: string, seed: number, actions: number[]) {
  const env = createEnv(levelId);
  const { mission } = env.reset(seed);
  const hashes = [env.state.hash()];
  for (const action of actions) {
    env.step(action);
    hashes.push(env.state.hash());
  }
  return { hashes, mission };
}

function newDraft(): Draft {
  return { ledger: [], mind: newMind() };
}
