import { CheckpointError } from './errors.ts';

/**
 * Weights that are finite, every one of them, can still make numbers that are not: nobody may act on those, nor count
 * them. Throws a CheckpointError that names the output.
 */
export function expectFiniteOutput(output: string, values: ArrayLike<number>): void {
  for (let i = 0; i < values.length; i++)
    if (!Number.isFinite(values[i]))
      throw new CheckpointError(
        `output "${output}"`,
        `is ${values[i]} at index ${i}; accepted: weights with which all outputs are finite`,
      );
}
