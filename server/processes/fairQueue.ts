/** Who asks for something. */
export interface Sender {
  /** Names one connection. */
  id: string;
  address: string;
}

export interface QueueLimits {
  /** Jobs that may wait, in all and of one connection. */
  waiting: number;
  waitingEach: number;
}

/**
 * Jobs that wait for one server. Of those who wait, the address is served that has used the least time lately,
 * and of its jobs the oldest. Nobody fills it alone: where all places are taken, an address that has fewer
 * gets one of whoever has most.
 */
export class FairQueue<Job extends { sender: Sender }> {
  private readonly limits: QueueLimits;
  private readonly jobs: Job[] = [];
  /** Seconds that each address has used lately. */
  private readonly usage = new Map<string, number>();

  constructor(limits: QueueLimits) {
    this.limits = limits;
  }

  /**
   * Adds a job. Returns the one that had to go for it, which may be the job itself.
   * @param current the job that is being done, which has a place too
   */
  add(job: Job, current: Job | undefined): Job | undefined {
    const { id, address } = job.sender;
    const waiting = current ? [current, ...this.jobs] : this.jobs;
    if (waiting.filter(({ sender }) => sender.id === id).length >= this.limits.waitingEach)
      return job;
    const last = waiting.length < this.limits.waiting ? -1 : this.lastOfGreediest(waiting, address);
    if (last === undefined) return job;
    const [gone] = last < 0 ? [] : this.jobs.splice(last, 1);
    this.jobs.push(job);
    return gone;
  }

  next(): Job | undefined {
    const least = this.jobs.reduce<Job | undefined>(
      (best, job) => (best && this.used(best.sender) <= this.used(job.sender) ? best : job),
      undefined,
    );
    if (least) this.jobs.splice(this.jobs.indexOf(least), 1);
    return least;
  }

  /** Whether somebody at another address waits. */
  hasOthers(address: string): boolean {
    return this.jobs.some(({ sender }) => sender.address !== address);
  }

  /** Notes seconds used by an address. What all have used fades by half with each minute of work. */
  charge({ address }: Sender, seconds: number): void {
    const fade = 0.5 ** (seconds / 60);
    for (const [other, used] of this.usage) {
      if (used * fade < 0.001) this.usage.delete(other);
      else this.usage.set(other, used * fade);
    }
    this.usage.set(address, (this.usage.get(address) ?? 0) + seconds);
  }

  /** Takes all out. */
  clear(): Job[] {
    return this.jobs.splice(0);
  }

  private used({ address }: Sender): number {
    return this.usage.get(address) ?? 0;
  }

  private lastOfGreediest(waiting: readonly Job[], newcomer: string): number | undefined {
    const places = new Map<string, number>();
    for (const { sender } of waiting)
      places.set(sender.address, (places.get(sender.address) ?? 0) + 1);
    const [greediest, most] = [...places].reduce((a, b) => (b[1] > a[1] ? b : a), ['', 0]);
    const last = this.jobs.findLastIndex(({ sender }) => sender.address === greediest);
    return last < 0 || most <= (places.get(newcomer) ?? 0) + 1 ? undefined : last;
  }
}
