/**
 * Asynchronous successive halving (ASHA; Li et al. 2018, https://arxiv.org/abs/1810.05934, algorithm 2): of the
 * configurations that have done a rung, one in `factor` may go on to the next. Whoever is free takes the highest
 * promotion there is, else a configuration that has not begun; so nobody waits for a whole rung.
 */

/** What one configuration has shown so far. */
export interface Standing {
  /** Mean success at each rung that it has done. */
  readonly scores: readonly number[];
  /** It cannot go on: its training failed. */
  readonly failed?: boolean;
  /** Its next rung is being done; how that ends is not known. */
  readonly isBusy?: boolean;
}

export interface Job {
  configuration: number;
  rung: number;
}

/**
 * The next job; undefined where the sweep is over, or where it depends on those that are busy. At the end, where too few have come far for one in `factor` to be
 * anybody, the best of each rung goes on, so that somebody always reaches the last one.
 */
export function nextJob(
  standings: readonly Standing[],
  rungs: number,
  factor: number,
): Job | undefined {
  // Who goes on from a rung depends on all that came to it before, so it is open from where somebody is busy.
  const open = Math.min(
    ...standings.filter(({ isBusy }) => isBusy).map(({ scores }) => scores.length),
  );
  for (let rung = Math.min(rungs - 2, open - 1); rung >= 0; rung--) {
    const job = promotion(standings, rung, (done) => Math.floor(done / factor));
    if (job) return job;
  }
  const fresh = standings.findIndex(
    ({ scores, failed, isBusy }) => scores.length === 0 && !failed && !isBusy,
  );
  if (fresh >= 0) return { configuration: fresh, rung: 0 };
  if (Number.isFinite(open)) return undefined;
  for (let rung = 0; rung < rungs - 1; rung++) {
    const job = promotion(standings, rung, () => 1);
    if (job) return job;
  }
  return undefined;
}

/**
 * Jobs whose results are wanted now: those that a sweep which does one after another will surely come to, in its order.
 * Many may be done at once, and the sweep is still the same: a job is wanted only when no result that is missing could
 * keep it from being done.
 * @param resultOf mean success of a configuration at a rung, or `failed`; undefined where it is not known yet
 * @param most no more than so many
 */
export function wantedJobs(
  resultOf: (job: Job) => number | 'failed' | undefined,
  configurations: number,
  rungs: number,
  factor: number,
  most = Number.POSITIVE_INFINITY,
): Job[] {
  const standings = Array.from({ length: configurations }, () => ({
    scores: [] as number[],
    failed: false,
    isBusy: false,
  }));
  const jobs: Job[] = [];
  while (jobs.length < most) {
    const job = nextJob(standings, rungs, factor);
    if (!job) break;
    const standing = standings[job.configuration];
    const result = resultOf(job);
    if (result === undefined) {
      standing.isBusy = true;
      jobs.push(job);
    } else if (result === 'failed') standing.failed = true;
    else standing.scores.push(result);
  }
  return jobs;
}

/** The best of those that have done `rung`, if it is among the best so many and has not gone on. */
function promotion(
  standings: readonly Standing[],
  rung: number,
  places: (done: number) => number,
): Job | undefined {
  const done = standings
    .map((standing, configuration) => ({ ...standing, configuration }))
    .filter(({ scores }) => scores.length > rung)
    // Among equals the one that began first wins: sorting is stable.
    .sort((a, b) => b.scores[rung] - a.scores[rung]);
  const next = done
    .slice(0, places(done.length))
    .find(({ scores, failed, isBusy }) => scores.length === rung + 1 && !failed && !isBusy);
  return next && { configuration: next.configuration, rung: rung + 1 };
}
