import { Counter, collectDefaultMetrics, Gauge, Registry } from 'prom-client';
import { METRICS, type MetricPoint } from '../../shared/metrics.ts';
import type { RunManager } from '../runs/manager.ts';
import type { Sockets } from './sockets.ts';

const PREFIX = 'planner_doer_';
const snake = (id: string) => id.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);

const keysOf = <T extends object>(object: T) => Object.keys(object) as (keyof T & string)[];

/** Everything that /metrics shows: the process, the viewers, and each active run's newest measurements. */
export function createMetrics(manager: RunManager, sockets: Sockets): Registry {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry, prefix: PREFIX });
  const registers = [registry];
  const newest = new Map<string, MetricPoint>();
  manager.on('point', (runId, point) => {
    // Held-out tests are not made at every update: the last one stands until the next.
    const values = { ...newest.get(runId)?.values, ...point.values };
    newest.set(runId, { ...point, values });
  });
  manager.on('state', ({ id, status }) => {
    if (status !== 'running') newest.delete(id);
  });
  new Gauge({
    name: `${PREFIX}viewers`,
    help: 'Sockets connected now.',
    registers,
    collect() {
      this.set(sockets.io.sockets.sockets.size);
    },
  });
  new Gauge({
    name: `${PREFIX}runs`,
    help: 'Runs by status.',
    labelNames: ['status'],
    registers,
    collect() {
      this.reset();
      for (const { status } of manager.list()) this.inc({ status });
    },
  });
  for (const [name, help, value] of [
    ['viewer_episodes_skipped', 'Episodes that slow viewers missed.', 'episodesSkipped'],
    ['viewers_dropped', 'Viewers dropped because they stopped reading.', 'dropped'],
  ] as const) {
    let told = 0;
    new Counter({
      name: `${PREFIX}${name}_total`,
      help,
      registers,
      collect() {
        this.inc(sockets.counts[value] - told);
        told = sockets.counts[value];
      },
    });
  }
  const cut = { ...sockets.door.cut };
  for (const cause of keysOf(cut)) cut[cause] = 0;
  new Counter({
    name: `${PREFIX}connections_cut_total`,
    help: 'Connections cut for what they did, by cause.',
    labelNames: ['cause'],
    registers,
    collect() {
      for (const cause of keysOf(cut)) {
        this.inc({ cause }, sockets.door.cut[cause] - cut[cause]);
        cut[cause] = sockets.door.cut[cause];
      }
    },
  });
  for (const [id, { meaning, unit }] of Object.entries(METRICS)) {
    new Gauge({
      name: `${PREFIX}run_${snake(id)}`,
      help: unit ? `${meaning} (${unit})` : meaning,
      labelNames: ['run'],
      registers,
      collect() {
        this.reset();
        for (const [run, { values }] of newest) {
          const value = values[id as keyof typeof METRICS];
          if (value !== undefined) this.set({ run }, value);
        }
      },
    });
  }
  new Gauge({
    name: `${PREFIX}run_env_steps`,
    help: 'Environment steps done by an active run.',
    labelNames: ['run'],
    registers,
    collect() {
      this.reset();
      for (const [run, { envSteps }] of newest) this.set({ run }, envSteps);
    },
  });
  return registry;
}
