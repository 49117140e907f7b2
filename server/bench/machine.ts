import { readFileSync } from 'node:fs';
import { cpus, loadavg, totalmem } from 'node:os';
import { version_core } from '@tensorflow/tfjs-core';

/** What a measurement was taken on and with. */
export interface Provenance {
  /** When, ISO 8601. */
  date: string;
  machine: {
    cpu: string;
    cores: number;
    memoryGib: number;
    platform: string;
    /** Processes that wanted to run in the last minute: above the number of cores, wall-clock figures are too low. */
    load: number;
  };
  versions: Record<'package' | 'node' | 'v8' | 'tfjs', string>;
}

export function provenance(): Provenance {
  const read = (manifest: string | URL) =>
    (JSON.parse(readFileSync(manifest, 'utf8')) as { version: string }).version;
  const [processor] = cpus();
  return {
    date: new Date().toISOString(),
    machine: {
      cpu: processor?.model.trim() ?? 'unknown',
      cores: cpus().length,
      memoryGib: Math.round(totalmem() / 2 ** 30),
      platform: `${process.platform}-${process.arch}`,
      load: Number(loadavg()[0].toFixed(1)),
    },
    versions: {
      package: read(new URL('../../package.json', import.meta.url)),
      node: process.versions.node,
      v8: process.versions.v8,
      tfjs: version_core,
    },
  };
}
