import os from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  forkTypescript,
  type OwnServer,
  serverMetrics,
  startOwnServer,
  untilTraining,
} from '../ownServer.ts';
import { ATTACKS } from './attackers.ts';
import { Crowds } from './crowds.ts';
import { TrainingPace } from './trainingPace.ts';

export interface LoadOptions {
  viewers: number;
  /** Length of each phase; viewers come and go in turns, so that the machine's drift cancels out. */
  seconds: number;
  rounds: number;
  /** Processes that the viewers are spread over. */
  processes: number;
  /** Niceness of the viewers' processes, 0 to 19: on one machine they compete with what they measure. */
  niceness: number;
  /** Connections beside the viewers that attack in all ways of `bench attacks` at once, spread over them. */
  hostile?: number;
  /** At the end, let some stop reading, and wait until the server drops them. */
  stall?: boolean;
  onProgress?: (line: string) => void;
}

/** What one phase measured. */
interface Phase {
  viewers: number;
  stepsPerSecond: number;
  /** Processor seconds a second of the web process, and of all viewers together. */
  serverCores: number;
  crowdCores: number;
  rssMb: number;
  delays: number[];
  spreads: number[];
  episodes: number;
  unserved: number;
  characters: number;
}

/** How long the heartbeat may take to find viewers that stopped reading. */
const DROP_PATIENCE_S = 90;

/**
 * A real server with a real trainer, and viewers in other processes on this machine: how fresh the
 * episodes are when they arrive, what the viewers cost the training, and whether memory grows.
 */
export async function benchLoad(options: LoadOptions) {
  const say = options.onProgress ?? (() => {});
  const server = await startOwnServer();
  let crowd: Crowds | undefined;
  let pace: TrainingPace | undefined;
  try {
    say(`Waiting for ${server.url} to train.`);
    const { id: runId } = await untilTraining(server.url);
    pace = await TrainingPace.follow(server.url, runId);
    const stalled = Math.ceil(options.viewers / 100);
    const cut = Math.ceil(options.viewers / 10);
    const phases: Phase[] = [];
    const measure = async () => {
      const phase = await measurePhase(server, pace!, crowd, options.seconds);
      phases.push(phase);
      say(
        `${phase.viewers} viewers: ${Math.round(phase.stepsPerSecond)} steps/s, web process ${phase.serverCores.toFixed(2)} cores, viewers ${phase.crowdCores.toFixed(2)} cores, ${Math.round(phase.rssMb)} MB, p95 ${quantile(phase.delays, 0.95)} ms`,
      );
    };
    let connectSeconds = 0;
    let reconnected = { caughtUp: 0, stale: 0 };
    let dropSeconds: number | undefined;
    for (let round = 0; round < options.rounds; round++) {
      await measure();
      const begun = performance.now();
      crowd = await Crowds.start(server.url, runId, options);
      await crowd.all({ command: 'add', count: Math.ceil(options.viewers / options.processes) });
      connectSeconds = (performance.now() - begun) / 1000;
      say(`Connected ${options.viewers} viewers in ${connectSeconds.toFixed(1)} s.`);
      const attackers = attack(server.url, options);
      await measure();
      await attackers;
      if (round === options.rounds - 1) {
        reconnected = await cutAndWait(crowd, Math.ceil(cut / options.processes));
        if (options.stall ?? true)
          dropSeconds = await stallAndWait(server.url, crowd, stalled, say);
      }
      await crowd.end();
      crowd = undefined;
      await sleep(1000);
    }
    await measure();
    return {
      ...summary(phases),
      connectSeconds: rounded(connectSeconds),
      cut: Math.ceil(cut / options.processes) * options.processes,
      ...reconnected,
      stalled,
      stalledGoneAfterSeconds: dropSeconds,
      cores: os.availableParallelism(),
      loadAverage: os.loadavg().map((value) => rounded(value)),
      viewers: options.viewers,
      hostile: options.hostile ?? 0,
      connectionsCut: await connectionsCut(server.url),
      seconds: options.seconds,
      rounds: options.rounds,
    };
  } finally {
    pace?.close();
    await crowd?.end();
    await server.stop();
  }
}

/** Resolves when all attackers are gone; they last as long as a phase. */
async function attack(url: string, { hostile = 0, seconds }: LoadOptions): Promise<void> {
  const names = Object.keys(ATTACKS).filter((name) => name !== 'quiet');
  await Promise.all(
    names.map(async (name, index) => {
      const lines = Math.floor((hostile + index) / names.length);
      if (lines === 0) return;
      const file = new URL('./attackProcess.ts', import.meta.url);
      const attacker = forkTypescript(file, [name, url, String(seconds), String(lines)]);
      await new Promise((resolve) => attacker.once('exit', resolve));
    }),
  );
}

/** Of all causes together. */
async function connectionsCut(url: string): Promise<number> {
  const text = await (await fetch(new URL('/metrics', url))).text();
  const counts = [...text.matchAll(/^planner_doer_connections_cut_total\{.*\} (\d+)$/gm)];
  return counts.reduce((sum, [, count]) => sum + Number(count), 0);
}

async function measurePhase(
  server: OwnServer,
  pace: TrainingPace,
  crowd: Crowds | undefined,
  seconds: number,
): Promise<Phase> {
  await crowd?.all({ command: 'report' });
  const before = await serverMetrics(server.url);
  const begun = performance.now();
  pace.begin();
  await sleep(seconds * 1000);
  const stepsPerSecond = pace.end();
  const after = await serverMetrics(server.url);
  const elapsed = (performance.now() - begun) / 1000;
  const reports = (await crowd?.all({ command: 'report' })) ?? [];
  const sum = (key: 'connected' | 'episodes' | 'unserved' | 'characters' | 'cpuSeconds') =>
    reports.reduce((total, report) => total + report[key], 0);
  const cpu = 'process_cpu_seconds_total';
  return {
    viewers: sum('connected'),
    stepsPerSecond,
    serverCores: (after.get(cpu)! - before.get(cpu)!) / elapsed,
    crowdCores: sum('cpuSeconds') / elapsed,
    rssMb: after.get('process_resident_memory_bytes')! / 1e6,
    delays: reports.flatMap(({ delays }) => delays).sort((a, b) => a - b),
    spreads: reports.flatMap(({ spreads }) => spreads),
    episodes: sum('episodes'),
    unserved: sum('unserved'),
    characters: sum('characters'),
  };
}

function summary(phases: Phase[]) {
  const quiet = phases.filter(({ viewers }) => viewers === 0);
  const busy = phases.filter(({ viewers }) => viewers > 0);
  const mean = (list: Phase[], of: (phase: Phase) => number) =>
    list.reduce((sum, phase) => sum + of(phase), 0) / list.length;
  const delays = busy.flatMap((phase) => phase.delays).sort((a, b) => a - b);
  const spreads = busy.flatMap((phase) => phase.spreads).sort((a, b) => a - b);
  const speed = { quiet: mean(quiet, stepsOf), busy: mean(busy, stepsOf) };
  const serverCores = mean(busy, webOf) - mean(quiet, webOf);
  return {
    freshness: {
      p50Ms: quantile(delays, 0.5),
      p95Ms: quantile(delays, 0.95),
      deliveries: delays.length,
    },
    /** From an episode's first arrival at a viewer; the rest of the delay is the wait for its update. */
    spread: { p50Ms: quantile(spreads, 0.5), p95Ms: quantile(spreads, 0.95) },
    unserved: busy.reduce((sum, { unserved }) => sum + unserved, 0),
    charactersPerEpisode: Math.round(
      mean(busy, ({ characters }) => characters) /
        Math.max(
          1,
          mean(busy, ({ episodes }) => episodes),
        ),
    ),
    stepsPerSecond: {
      withoutViewers: Math.round(speed.quiet),
      withViewers: Math.round(speed.busy),
    },
    /** Share of the whole machine, the viewers' own processes included. */
    slowdown: rounded(1 - speed.busy / speed.quiet),
    /** Processor time that serving them costs, as a part of the machine's. */
    serverShare: rounded(serverCores / os.availableParallelism()),
    serverCores: rounded(serverCores),
    crowdCores: rounded(mean(busy, ({ crowdCores }) => crowdCores)),
    rssMb: phases.map(({ rssMb }) => Math.round(rssMb)),
  };
}

const stepsOf = (phase: Phase) => phase.stepsPerSecond;
const webOf = (phase: Phase) => phase.serverCores;
const rounded = (value: number) => Math.round(value * 1000) / 1000;

function quantile(sorted: readonly number[], share: number): number | undefined {
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))];
}

/** Breaks connections and waits until as many viewers have caught up, or time is up. */
async function cutAndWait(crowd: Crowds, countEach: number) {
  await crowd.all({ command: 'cut', count: countEach });
  const wanted = countEach * crowd.size;
  let caughtUp = 0;
  let stale = 0;
  for (let second = 0; second < 30 && caughtUp + stale < wanted; second++) {
    await sleep(1000);
    const reports = await crowd.all({ command: 'report' });
    caughtUp = reports.reduce((sum, report) => sum + report.caughtUp, 0);
    stale = reports.reduce((sum, report) => sum + report.stale, 0);
  }
  return { caughtUp, stale };
}

/** Seconds until the server drops viewers that stopped reading; undefined if it does not. */
async function stallAndWait(
  url: string,
  crowd: Crowds,
  count: number,
  say: (line: string) => void,
): Promise<number | undefined> {
  const dropped = async () => (await serverMetrics(url)).get('viewers_dropped_total')!;
  const before = await dropped();
  await crowd.first({ command: 'stall', count });
  const begun = performance.now();
  for (;;) {
    const seconds = (performance.now() - begun) / 1000;
    if ((await dropped()) >= before + count) return rounded(seconds);
    if (seconds > DROP_PATIENCE_S) break;
    await sleep(1000);
  }
  say('The viewers that stopped reading are still there.');
  return undefined;
}
