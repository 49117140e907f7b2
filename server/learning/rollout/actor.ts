import { beginNext, pooledSeeds, trainingSeeds } from '../../../envs/index.ts';
import type { Replay } from '../../../shared/replay.ts';
import type { RewardWeights } from '../../../shared/rewards.ts';
import { type GoalCounts, sumGoals } from '../../play/keptGoal.ts';
import { Minds } from '../../play/minds.ts';
import type { SeatRecord } from '../../play/seat.ts';
import { type Dealer, type Sink, Table } from '../../play/table.ts';
import type { Policy, Weights } from '../../policy/model.ts';
import { Random } from '../../policy/random.ts';
import type { Task } from '../../tasks/task.ts';
import { Attempts, type AttemptsRecord } from '../selfCloning/attempts.ts';
import { EpisodeLog } from './episodeLog.ts';
import { Hindsight } from './hindsight.ts';
import type { Planes, ShownCarries } from './plane.ts';
import { Readouts } from './readouts.ts';
import type { Rollout } from './rollout.ts';
import { RolloutSink } from './rolloutSink.ts';
import { Taught, type Teaching, withoutGoals } from './teaching.ts';

export interface ActorOptions {
  levelIds: string[];
  envs: number;
  seed: number;
  /** Which worker this is: worlds and chance differ between workers. */
  rank: number;
  rewards: RewardWeights;
  rewardScale: number;
  /** Environment steps of the run before this actor. */
  envSteps?: number;
  /** Number of worlds whose episodes are kept for viewers. */
  recorded: number;
  /** Add to those how each thought came about; see `readouts.ts`. */
  readouts?: boolean;
  /** Steps of the whole run, all workers together, per turn of this actor; by default its own worlds. */
  stepsPerTurn?: number;
  runId: string;
  /** The only seeds that worlds are made from; by default any below the held-out ones. */
  seeds?: readonly number[];
  /** Several attempts at each seed, of which the best are kept. */
  attempts?: boolean;
  /** Those of `levelIds` that are played so as not to be forgotten. */
  rehearsed?: readonly string[];
}

/** Plain data from which an actor of the same levels, seed, rank and size goes on. */
export interface ActorRecord {
  seats: SeatRecord[];
  /** Number of each seat's present episode, from 0. */
  episodes: number[];
  attempts?: AttemptsRecord;
}

/** Plays many worlds at once with one policy and writes down what learning needs. */
export class Actor {
  private readonly model: Policy;
  private readonly options: ActorOptions;
  private readonly table: Table;
  private readonly taught: readonly Taught[];
  private readonly minds: Minds;
  private readonly log: EpisodeLog;
  private readonly episodes: number[];
  /** Where seeds may be tried several times. */
  readonly attempts: Attempts | undefined;
  /** Whether they are now. */
  private isTrying: boolean;
  private readonly oneAfterTheOther: Dealer;

  constructor(model: Policy, options: ActorOptions, task: Task) {
    const { memory } = model.config;
    const { envs, levelIds, rewards, rank, recorded } = options;
    this.model = model;
    this.options = options;
    const chance = new Random(options.seed, 100 + rank);
    const seeds = options.seeds
      ? pooledSeeds(options.seeds, options.seed)
      : trainingSeeds(options.seed);
    this.episodes = Array<number>(envs).fill(-1);
    this.taught = Array.from({ length: envs }, (_, i) => new Taught(rank * envs + i));
    this.attempts = options.attempts
      ? new Attempts(envs, levelIds, seeds, rank, options.rehearsed)
      : undefined;
    this.isTrying = this.attempts !== undefined;
    this.oneAfterTheOther = (seat) => {
      const { index } = seat;
      const begin = (seed: number) => seat.begin(seed);
      this.episodes[index] = beginNext(seeds, rank * envs + index, this.episodes[index], begin);
      return true;
    };
    this.table = new Table(
      model,
      this.taught.map((taught, i) => {
        const level = levelIds[(rank * envs + i) % levelIds.length];
        const world = task.createWorld(level, { rewards, recording: i < recorded, memory });
        const source = this.attempts?.sources[i] ?? taught;
        return { world, chance, goals: source, actions: source };
      }),
      this.attempts?.deal ?? this.oneAfterTheOther,
    );
    this.minds = new Minds(Math.min(recorded, envs), options.rewardScale);
    const { runId, envSteps, stepsPerTurn = envs } = options;
    const policy = model.config.kind;
    this.log = new EpisodeLog(this.minds, {
      ...{ runId, rank, policy, envSteps, stepsPerTurn },
      isAgain: ({ index }) => this.attempts?.book.isAgain(index) ?? false,
    });
  }

  /**
   * Plays each seed several times from now on, or once, where both can be: then all worlds begin their next episode.
   * Attempts that were going on are given up, and those that were kept are forgotten: they were judged by other rewards.
   */
  tryAgain(isTrying: boolean): void {
    const { attempts, table } = this;
    if (!attempts || isTrying === this.isTrying) return;
    this.isTrying = isTrying;
    attempts.book.giveUp();
    this.seatPlayers();
    table.dealAnew();
  }

  /** Who sets goals and acts at each seat, and which episode comes next there. */
  private seatPlayers(): void {
    this.table.deal = this.isTrying ? this.attempts!.deal : this.oneAfterTheOther;
    for (const seat of this.table.seats) {
      const { [seat.index]: source } = this.isTrying ? this.attempts!.sources : this.taught;
      seat.goals = source;
      seat.actions = source;
    }
  }

  /** New weights of the reward terms, from the next step on. */
  setRewards(rewards: RewardWeights): void {
    for (const { episode } of this.table.seats) episode.setRewards(rewards);
  }

  /** Entries of a rollout of this actor that are of levels which are only rehearsed. */
  rehearsedEntries({ steps, envs }: Rollout): Int32Array {
    const { levelIds, rank, rehearsed = [] } = this.options;
    const isRehearsed = (i: number) =>
      rehearsed.includes(levelIds[(rank * envs + i) % levelIds.length]);
    const seats = this.table.seats.map(({ index }) => index).filter(isRehearsed);
    return Int32Array.from(
      Array.from({ length: steps }, (_, t) => seats.map((i) => t * envs + i)).flat(),
    );
  }

  record(): ActorRecord {
    return {
      seats: this.table.seats.map((seat) => seat.record()),
      episodes: [...this.episodes],
      attempts: this.attempts?.record(),
    };
  }

  restore({ seats, episodes, attempts }: ActorRecord): void {
    if (attempts && this.attempts) {
      this.attempts.restore(attempts);
      this.isTrying = this.attempts.book.isPlaying;
      this.seatPlayers();
    }
    for (const seat of this.table.seats) {
      seat.restore(seats[seat.index]);
      this.episodes[seat.index] = episodes[seat.index];
    }
  }

  /**
   * Plays `rollout.steps` steps in every world and writes them to `rollout`. Returns carries of shown
   * episodes, for the planes that they are drawn in.
   * @param onEpisode called with each episode to show, as soon as it ends
   * @param onTurn called before each step of all worlds
   */
  async collect(
    rollout: Rollout,
    weights: Weights,
    teaching: Teaching,
    planes?: Planes,
    onEpisode?: (replay: Replay) => void,
    onTurn?: () => void,
  ): Promise<ShownCarries[]> {
    const { table, taught, minds, log } = this;
    for (const seat of table.seats) seat.asks = teaching.labels;
    for (const each of taught)
      each.teaching = this.model.hasPlanner ? teaching : withoutGoals(teaching);
    const sink = new RolloutSink(
      rollout,
      this.options.rewardScale,
      (seat, tokens) => taught[seat.index].labels(seat, tokens),
      teaching.draws,
    );
    const readouts = this.options.readouts
      ? new Readouts({ model: this.model, weights, table, rollout, minds, planes })
      : undefined;
    log.beginRollout(readouts, onEpisode);
    const hindsight = teaching.hindsight ? new Hindsight(rollout) : undefined;
    const sinks: Sink[] = [sink, minds, ...(readouts ? [readouts] : []), log];
    if (hindsight) sinks.push(hindsight);
    // Says last what an attempt was worth, once everything about its end is written down.
    if (this.attempts && this.isTrying) sinks.push(this.attempts);
    for (let t = 0; t < rollout.steps; t++) {
      onTurn?.();
      await table.turn(weights, sinks);
    }
    await sink.finish(table, weights);
    hindsight?.label();
    await readouts?.readRest();
    return readouts?.carries ?? [];
  }

  /** How each episode ended, and what became of the goals, since the last call. */
  takeEnds() {
    return this.log.takeEnds();
  }

  takeGoals(): GoalCounts {
    return sumGoals(this.table.seats.map(({ goal }) => goal.takeCounts()));
  }
}
