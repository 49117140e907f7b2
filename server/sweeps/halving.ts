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
}

export interface Job {
  configuration: number;
  rung: number;
}

/**
 * The next job; undefined where the sweep is over. At the end, where too few have come far for one in `factor` to be
 * anybody, the best of each rung goes on, so that somebody always reaches the last one.
 */
export function nextJob(
  standings: readonly Standing[],
  rungs: number,
  factor: number,
): Job | undefined {
  for (let rung = rungs - 2; rung >= 0; rung--) {
    const job = promotion(standings, rung, (done) => Math.floor(done / factor));
    if (job) return job;
  }
  const fresh = standings.findIndex(({ scores, failed }) => scores.length === 0 && !failed);
  if (fresh >= 0) return { configuration: fresh, rung: 0 };
  for (let rung = 0; rung < rungs - 1; rung++) {
    const job = promotion(standings, rung, () => 1);
    if (job) return job;
  }
  return undefined;
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
    .find(({ scores, failed }) => scores.length === rung + 1 && !failed);
  return next && { configuration: next.configuration, rung: rung + 1 };
}
