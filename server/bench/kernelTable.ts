import { type BenchKernelOptions, type BenchKernelResult, benchKernel } from './benchKernel.ts';
import type { NetworkLoad } from './kernelRates.ts';

/** From the two sizes that the project's aims name: one axis changes at a time. */
export const TABLE_LOADS: readonly NetworkLoad[] = [
  { tokens: 16, width: 128, batch: 256 },
  { tokens: 12, width: 64, batch: 256 },
  { tokens: 16, width: 32, batch: 256 },
  { tokens: 16, width: 64, batch: 256 },
  { tokens: 16, width: 256, batch: 64 },
  { tokens: 16, width: 512, batch: 16 },
  { tokens: 4, width: 128, batch: 256 },
  { tokens: 64, width: 128, batch: 64 },
  { tokens: 12, width: 64, batch: 1 },
  { tokens: 12, width: 64, batch: 16 },
  { tokens: 12, width: 64, batch: 1024 },
];

/** `benchKernel` for each of the sizes; workers and profile only where the batch is large. */
export async function kernelTable(
  options: Omit<BenchKernelOptions, keyof NetworkLoad>,
  onRow: (row: BenchKernelResult) => void = () => {},
): Promise<BenchKernelResult[]> {
  const rows: BenchKernelResult[] = [];
  for (const [i, load] of TABLE_LOADS.entries()) {
    const named = i < 2;
    const row = await benchKernel({
      ...options,
      ...load,
      workers: named ? options.workers : 1,
      profile: named && options.profile,
    });
    rows.push(row);
    onRow(row);
  }
  return rows;
}

const HEAD = [
  'tokens',
  'width',
  'batch',
  'forward /s',
  'train /s',
  '× plain forward',
  '× plain train',
  'without native: × plain forward',
  '× plain train',
  'GFLOPS forward',
  'of one product',
  'workers: × one forward',
  '× one train',
];

/** The rows as a Markdown table. Rates are per second of processor time where that is known. */
export function tableText(rows: readonly BenchKernelResult[]): string {
  const times = (value: number | undefined) => (value === undefined ? '–' : value.toFixed(1));
  const lines = rows.map((row) => {
    const { forwardPerSecond, trainStepPerSecond } = row.perProcessorSecond ?? row;
    const { ratios, withoutNative, scaling } = row;
    return [
      row.tokens,
      row.width,
      row.batch,
      Math.round(forwardPerSecond),
      Math.round(trainStepPerSecond),
      times(ratios?.forwardPerSecond),
      times(ratios?.trainStepPerSecond),
      times(withoutNative?.ratios.forwardPerSecond),
      times(withoutNative?.ratios.trainStepPerSecond),
      row.forwardGflops.toFixed(1),
      `${Math.round(100 * row.forwardOfPeak)} %`,
      scaling ? `${scaling.workers}: ${times(scaling.timesOne.forwardPerSecond)}` : '–',
      times(scaling?.timesOne.trainStepPerSecond),
    ].join(' | ');
  });
  return [HEAD.join(' | '), HEAD.map(() => '---').join(' | '), ...lines]
    .map((line) => `| ${line} |`)
    .join('\n');
}
