import type { MetricPoint } from '../../../shared/metrics.ts';
import type { SettingsChange } from '../../../shared/protocol.ts';
import { PolicySession } from '../../learning/session.ts';
import type { TrainOptions } from '../../learning/types.ts';

/** Measured by the clock: differs from run to run. */
const TIMED = new Set(['stepsPerSecond']);

/**
 * Compares a run that was killed many times with an undisturbed one: the same options, the same
 * changes at the same steps.
 * @param hashes weights after some of the updates
 * @param points all measurements, in order of updates
 * @returns what differs, in plain words; at most a few
 */
export async function compareWithUnkilled(
  options: TrainOptions,
  changes: readonly SettingsChange[],
  hashes: ReadonlyMap<number, string>,
  points: readonly MetricPoint[],
  say: (line: string) => void,
): Promise<string[]> {
  const problems: string[] = [];
  const open = [...changes];
  const session = await PolicySession.create(options);
  try {
    for (const [index, killed] of points.entries()) {
      while (open.length > 0 && open[0].envSteps <= (points[index - 1]?.envSteps ?? 0)) {
        const { kind, changes: list } = open.shift()!;
        const patch = Object.fromEntries(list.map(({ id, to }) => [id, to]));
        if (kind === 'settings') session.applySettings(patch);
        else session.applyRewards(patch);
      }
      const { point } = await session.update();
      for (const [id, value] of Object.entries(point.values))
        if (!TIMED.has(id) && killed.values[id as keyof typeof killed.values] !== value)
          problems.push(
            `update ${point.updates}: ${id} is ${killed.values[id as keyof typeof killed.values]}, ${value} in the run that was never killed`,
          );
      const hash = hashes.get(point.updates);
      if (hash !== undefined && (await session.hash()).weightsHash !== hash)
        problems.push(`the weights after update ${point.updates} differ`);
      if (problems.length > 5) break;
      if (point.updates % 200 === 0) say(`Compared ${point.updates} updates.`);
    }
  } finally {
    await session.dispose();
  }
  return problems;
}
