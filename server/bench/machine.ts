import { cpus, loadavg, totalmem } from 'node:os';
import { version_core } from '@tensorflow/tfjs-core';
import { versionOfPackage } from '../processes/version.ts';

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
      package: versionOfPackage(),
      node: process.versions.node,
      v8: process.versions.v8,
      tfjs: version_core,
    },
  };
}
