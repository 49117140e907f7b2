import { randomInt } from 'node:crypto';
import type { RunInfo } from '../../shared/protocol.ts';
import { RequestError } from '../../shared/requestError.ts';
import type { RunDriver } from './runDriver.ts';

/** The drivers of all runs of a server, by id. */
export class RunTable {
  private readonly drivers = new Map<string, RunDriver>();

  get size(): number {
    return this.drivers.size;
  }

  has(runId: string): boolean {
    return this.drivers.has(runId);
  }

  /** Throws a RequestError where there is no such run. */
  get(runId: string): RunDriver {
    const driver = this.drivers.get(runId);
    if (!driver) throw new RequestError('not-found', `There is no run ${runId}.`, 'runId');
    return driver;
  }

  /** Oldest first. */
  all(): RunDriver[] {
    return [...this.drivers.values()];
  }

  /** Newest first. */
  infos(): RunInfo[] {
    return this.all()
      .reverse()
      .map(({ info }) => info);
  }

  add(driver: RunDriver): void {
    this.drivers.set(driver.info.id, driver);
  }

  remove(runId: string): void {
    this.drivers.delete(runId);
  }

  freeId(): string {
    for (;;) {
      const id = `run-${randomInt(36 ** 6)
        .toString(36)
        .padStart(6, '0')}`;
      if (!this.drivers.has(id)) return id;
    }
  }

  /** Runs are listed by it, so it grows even where the machine's clock has gone back. */
  nextCreatedAt(): number {
    const newest = Math.max(0, ...this.all().map(({ info }) => info.createdAt));
    return Math.max(Date.now(), newest + 1);
  }
}
