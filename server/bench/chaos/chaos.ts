// Longer than most files: one run of kills: what is done, what is watched, and what is then compared.
import { mkdtempSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { DEFAULT_SETTINGS } from '../../../shared/config.ts';
import { DEFAULT_REWARDS } from '../../../shared/rewards.ts';
import type { TrainOptions } from '../../learning/types.ts';
import { Random } from '../../policy/random.ts';
import { openDataFolder } from '../../storage/dataFolder.ts';
import { openSqliteStore } from '../../storage/sqliteStore.ts';
import { examine, hashesIn } from './evidence.ts';
import { freeze, isRunning, killNow, ServerProcess, wake } from './processes.ts';
import { compareWithUnkilled } from './reference.ts';
import { SURROUNDINGS, Surroundings } from './surroundings.ts';
import { DAMAGES, tryDamaged } from './twin.ts';
import { Witness } from './witness.ts';

/**
 * What happens to whom: a kill of server, trainer or both; server or trainer stopped for some seconds and woken
 * (`frozen`); a server that is stopped for some seconds while its trainer goes on, and dies without waking (`stunned`);
 * a trainer that is stopped while its server dies, and wakes when the next server's trainer is at work (`sleeper`); and what happens around them and to their files.
 */
const KILLS = ['server', 'trainer', 'both', 'frozen', 'stunned', 'sleeper'] as const;
export const FAULTS = [...KILLS, ...SURROUNDINGS, ...DAMAGES] as const;
export type Fault = (typeof FAULTS)[number];
const isOneOf = <K extends Fault>(kinds: readonly K[], fault: Fault): fault is K =>
  (kinds as readonly Fault[]).includes(fault);

export interface ChaosOptions {
  faults: number;
  seed: number;
  /** No further fault after this time. */
  minutes: number;
  /** Which ones, in turn; at random where absent. */
  kinds?: readonly Fault[];
  say: (line: string) => void;
}

export interface ChaosResult {
  faults: Record<Fault, number>;
  /** Faults that hit a server before it served, or a run before it trained. */
  whileStarting: number;
  updates: number;
  /** Measurements that viewers were shown; all were found again. */
  pointsShown: number;
  episodesShown: number;
  recordings: number;
  changes: number;
  /** Checkpoints whose weights were compared with those of the run that was never killed. */
  weightsCompared: number;
  /** Longest time from a fault to the next finished update, in seconds. */
  slowestRecovery: number;
  seconds: number;
  problems: string[];
}

const RUN = 'run-chaos';
/** All checkpoints that are kept, and the database, several times over. */
const DISK_MB = 600;
/** Updates quickly, with everything that a run has: two workers, held-out tests, several worlds. */
const OPTIONS: TrainOptions = {
  levelId: 'BabyAI-GoToObjS4-v0',
  init: 'scratch',
  policy: 'hrm',
  preset: 'nano',
  seed: 5,
  settings: {
    ...DEFAULT_SETTINGS,
    environments: 8,
    rolloutSteps: 16,
    minibatches: 2,
    epochs: 1,
    valueWarmup: 0,
    evalEvery: 5,
    evalEpisodes: 4,
  },
  rewards: DEFAULT_REWARDS,
  engine: 'wasm',
  workers: 2,
  runId: RUN,
};
const PATIENCE_SECONDS = 600;
/** A trainer must exit this soon after its server is gone. */
const ORPHAN_SECONDS = 60;
/** Shorter than the time after which a server treats its trainer as hung. */
const MAX_FROZEN_MS = 4000;
/** Trainer kills in a row without an update between; more would make the run give up, as it should. */
const MAX_TRAINER_KILLS = 2;

/**
 * Trains with the real server, kills or stops it, its trainer or both at random moments, starts it again, and
 * checks each time whether anything is lost. It changes settings and records episodes meanwhile.
 * At the end it compares the run with an undisturbed one. Needs Linux's process table.
 */
export async function chaos(options: ChaosOptions): Promise<ChaosResult> {
  const surroundings = new Surroundings(mkdtempSync(path.join(os.tmpdir(), 'chaos-')), DISK_MB);
  try {
    prepare(surroundings.data);
    return await new Chaos(surroundings, options).unleash();
  } finally {
    surroundings.remove();
  }
}

/** A data folder with one run that wants to train. */
function prepare(data: string): void {
  const folder = openDataFolder(data);
  const store = openSqliteStore(folder.database);
  const { levelId, init, policy, preset, seed, settings, rewards, engine, workers } = OPTIONS;
  const counters = { envSteps: 0, episodes: 0, updates: 0, seconds: 0 };
  store.putRun({
    info: {
      id: RUN,
      name: 'Chaos',
      status: 'paused',
      createdAt: Date.now(),
      levelId,
      init,
      learning: 'ppo',
      learningReason: 'asked',
      policy,
      preset,
      seed,
      settings,
      rewards,
      ...counters,
    },
    wanted: 'running',
    engine,
    workers,
  });
  store.close();
  folder.release();
}

class Chaos {
  private readonly data: string;
  private readonly surroundings: Surroundings;
  private readonly kinds: readonly Fault[];
  private readonly options: ChaosOptions;
  private readonly random: () => number;
  private readonly witness = new Witness(RUN);
  private readonly hashes = new Map<number, string>();
  private readonly looked = new Set<string>();
  private readonly problems: string[] = [];
  private readonly faults = Object.fromEntries(FAULTS.map((kind) => [kind, 0])) as Record<
    Fault,
    number
  >;
  private whileStarting = 0;
  private slowestRecovery = 0;
  private server!: ServerProcess;
  /** Resolves when the server serves and is watched, or is gone. */
  private watched!: Promise<unknown>;
  private trainerKills = 0;

  constructor(surroundings: Surroundings, options: ChaosOptions) {
    this.data = surroundings.data;
    this.surroundings = surroundings;
    this.options = options;
    const impossible = SURROUNDINGS.filter((kind) => !surroundings.possible.includes(kind));
    this.kinds = (options.kinds ?? FAULTS).filter((kind) => !isOneOf(impossible, kind));
    if (impossible.length > 0) options.say(`Not possible here: ${impossible.join(', ')}.`);
    const random = new Random(options.seed);
    this.random = () => random.uniform();
  }

  async unleash(): Promise<ChaosResult> {
    const begun = performance.now();
    const { faults, minutes, say } = this.options;
    const isLate = () => performance.now() - begun > minutes * 60_000;
    this.startServer();
    let seen = 0;
    for (let n = 0; n < faults; n++) {
      const isEarly = n > 0 && this.random() < 0.3;
      if (isEarly) await sleep(this.random() * 6000);
      else {
        seen = await this.untilTraining(seen);
        if (this.hasProblems) break;
        await this.meddle(this.random() * 1500);
      }
      seen = this.witness.highest;
      await this.strike(this.fault(n, isEarly), n);
      if (this.hasProblems || isLate()) break;
      if ((n + 1) % 10 === 0) say(`${n + 1} faults, update ${this.witness.highest}.`);
    }
    if (!this.hasProblems) await this.untilTraining(seen);
    for (const problem of this.problems) say(`Problem: ${problem}`);
    await this.witness.ask('run:pause', { runId: RUN });
    await this.server.stop();
    this.witness.leave();
    await this.collectHashes();
    const evidence = examine(this.data, RUN, this.witness, true);
    this.problems.push(...evidence.problems);
    say(`Comparing with a run of ${evidence.points.length} updates that nobody kills.`);
    this.problems.push(
      ...(await compareWithUnkilled(OPTIONS, evidence.changes, this.hashes, evidence.points, say)),
    );
    const { points, episodes, recordings } = this.witness;
    return {
      faults: this.faults,
      whileStarting: this.whileStarting,
      updates: evidence.points.length,
      pointsShown: points.size,
      episodesShown: episodes.size,
      recordings: recordings.size,
      changes: evidence.changes.length,
      weightsCompared: this.hashes.size,
      slowestRecovery: this.slowestRecovery,
      seconds: (performance.now() - begun) / 1000,
      problems: [...this.problems, ...this.witness.problems],
    };
  }

  private get hasProblems(): boolean {
    return this.problems.length + this.witness.problems.length > 0;
  }

  private startServer(): void {
    const { nodeOptions } = this.surroundings;
    const server = new ServerProcess(this.data, ['--log-level', 'error'], nodeOptions);
    this.server = server;
    this.watched = Promise.race([
      server.gone,
      server.listening.then(async (url) => {
        const before = this.witness.highest;
        const run = await this.witness.watch(url);
        if (run && run.updates < before)
          this.problems.push(`the run went back from update ${before} to ${run.updates}`);
      }),
    ]);
  }

  /** Waits for an update past those seen; a run that does not go on by itself is a problem. */
  private async untilTraining(seen: number): Promise<number> {
    const begun = performance.now();
    await this.watched;
    const { server, witness } = this;
    if (!(await witness.untilPast(seen, PATIENCE_SECONDS, server)))
      this.problems.push(
        server.isAlive
          ? `no update after ${seen} for ${PATIENCE_SECONDS} s (${witness.run?.status}: ${witness.run?.message}) ${server.output}`
          : `the server ended: ${server.output}`,
      );
    this.trainerKills = 0;
    this.slowestRecovery = Math.max(this.slowestRecovery, (performance.now() - begun) / 1000);
    return this.witness.highest;
  }

  /** Uses the server as a person would, for some milliseconds. */
  private async meddle(milliseconds: number): Promise<void> {
    const { witness } = this;
    const rate = Number((0.0001 + this.random() * 0.0009).toFixed(6));
    // Not awaited: the kill may come while it runs.
    if (this.random() < 0.5) void witness.change(rate);
    const newest = [...witness.episodes.keys()].slice(-50);
    const episode = newest[Math.floor(this.random() * newest.length)];
    if (episode !== undefined && this.random() < 0.5) void witness.record(episode);
    await sleep(milliseconds);
  }

  private fault(n: number, isEarly: boolean): Fault {
    const { kinds } = this;
    const wanted = this.options.kinds
      ? kinds[n % kinds.length]
      : kinds[Math.floor(this.random() * kinds.length)];
    const isTooMany = isEarly && this.trainerKills >= MAX_TRAINER_KILLS;
    return wanted === 'trainer' && isTooMany ? 'both' : wanted;
  }

  private async strike(fault: Fault, n: number): Promise<void> {
    const { trainers } = this.server;
    const isServing = this.witness.run?.status === 'running' && trainers.length > 0;
    if (!isServing) this.whileStarting++;
    // Without a trainer, the server is the target.
    const actual = fault !== 'server' && trainers.length === 0 ? 'server' : fault;
    this.faults[actual]++;
    if (actual === 'frozen') {
      const frozen = this.random() < 0.5 ? trainers : [this.server.pid];
      for (const pid of frozen) freeze(pid);
      await sleep(200 + this.random() * MAX_FROZEN_MS);
      for (const pid of frozen) wake(pid);
      return;
    }
    if (actual === 'sleeper') for (const pid of trainers) freeze(pid);
    if (actual === 'stunned') {
      freeze(this.server.pid);
      await sleep(200 + this.random() * MAX_FROZEN_MS);
    }
    if (isOneOf(SURROUNDINGS, actual)) {
      const found = await this.surroundings.strike(actual, this.server, this.witness, this.random);
      this.problems.push(...found);
      return;
    }
    if (actual === 'trainer' || actual === 'both') for (const pid of trainers) killNow(pid);
    if (actual === 'trainer') {
      this.trainerKills++;
      return;
    }
    const { server } = this;
    server.kill();
    await server.gone;
    if (actual !== 'sleeper') await this.untilGone(trainers, n);
    const { problems } = examine(this.data, RUN, this.witness, false);
    this.problems.push(...problems);
    await this.collectHashes();
    if (isOneOf(DAMAGES, actual)) {
      const { data, hashes, random, witness } = this;
      const found = await tryDamaged(
        ...([actual, data, RUN, hashes, witness.points, random, PATIENCE_SECONDS] as const),
      );
      this.problems.push(...found);
    }
    this.trainerKills = 0;
    this.startServer();
    if (actual !== 'sleeper') return;
    // Its lease belongs to another trainer now: what it still writes must not count.
    await this.untilTraining(this.witness.highest);
    for (const pid of trainers) wake(pid);
    await this.untilGone(trainers, n);
  }

  private async untilGone(trainers: number[], n: number): Promise<void> {
    const end = performance.now() + ORPHAN_SECONDS * 1000;
    while (trainers.some(isRunning) && performance.now() < end) await sleep(20);
    for (const pid of trainers.filter(isRunning)) {
      this.problems.push(`fault ${n + 1}: a trainer outlived its server by ${ORPHAN_SECONDS} s`);
      killNow(pid);
    }
  }

  private async collectHashes(): Promise<void> {
    const { hashes, problems } = await hashesIn(this.data, RUN, this.looked);
    this.problems.push(...problems);
    for (const [updates, hash] of hashes) {
      const known = this.hashes.get(updates);
      if (known !== undefined && known !== hash)
        this.problems.push(`update ${updates} was made twice, with different weights`);
      this.hashes.set(updates, hash);
    }
  }
}
