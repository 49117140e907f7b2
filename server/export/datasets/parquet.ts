import { closeSync, fstatSync, openSync, readSync, renameSync, rmSync } from 'node:fs';
import type { SchemaElement } from 'hyparquet';
import { MAX_EPISODE_STEPS, NUM_ACTIONS, VIEW_BYTES } from '../../../shared/constants.ts';
import { quoted } from '../../../shared/text.ts';
import { DatasetError, type Episode } from './episode.ts';

/** Rows that are in memory at a time. */
const ROWS_AT_ONCE = 20_000;
const MAX_ROWS = 200_000_000;
const MAX_FILE_BYTES = 50_000_000_000;
const MAX_FOOTER_BYTES = 50_000_000;
const MAX_ROW_GROUP_BYTES = 500_000_000;

const column = (name: string, type: SchemaElement['type'], more: Partial<SchemaElement> = {}) =>
  ({ name, type, repetition_type: 'REQUIRED', ...more }) as SchemaElement;
const OPTIONAL = { repetition_type: 'OPTIONAL' } as const;
const TEXT = { converted_type: 'UTF8' } as const;

/**
 * One row for each observation, so that an episode of n steps has n + 1. A row holds what is seen
 * and what is then done about it; in an episode's last row nothing is done any more.
 */
const COLUMNS: readonly SchemaElement[] = [
  column('episode', 'INT32'),
  column('step', 'INT32'),
  column('level', 'BYTE_ARRAY', TEXT),
  column('seed', 'INT64'),
  column('mission', 'BYTE_ARRAY', TEXT),
  column('image', 'FIXED_LEN_BYTE_ARRAY', { type_length: VIEW_BYTES }),
  column('direction', 'INT32'),
  column('action', 'INT32', OPTIONAL),
  column('reward', 'DOUBLE', OPTIONAL),
  column('terminated', 'BOOLEAN', OPTIONAL),
  column('truncated', 'BOOLEAN', OPTIONAL),
  column('subgoal', 'BYTE_ARRAY', { ...OPTIONAL, ...TEXT }),
  column('goal_x', 'INT32', OPTIONAL),
  column('goal_y', 'INT32', OPTIONAL),
];

type Row = Record<string, unknown>;

function rowsOf(episode: Episode, index: number): Row[] {
  const steps = episode.actions.length;
  return Array.from({ length: steps + 1 }, (_, t) => {
    const acts = t < steps;
    const goal = acts ? episode.goals?.[t] : undefined;
    return {
      episode: index,
      step: t,
      level: episode.levelId,
      seed: BigInt(episode.seed ?? 0),
      mission: episode.mission,
      image: episode.images.slice(t * VIEW_BYTES, (t + 1) * VIEW_BYTES),
      direction: episode.directions[t],
      action: acts ? episode.actions[t] : null,
      reward: acts ? episode.rewards[t] : null,
      terminated: acts ? episode.terminations[t] === 1 : null,
      truncated: acts ? episode.truncations[t] === 1 : null,
      subgoal: goal?.subgoal ?? null,
      goal_x: goal?.subgoal && goal.x >= 0 ? goal.x : null,
      goal_y: goal?.subgoal && goal.y >= 0 ? goal.y : null,
    };
  });
}

/** Writes episodes to a Parquet file, which appears when it is complete. */
export async function writeParquet(file: string, episodes: Iterable<Episode>): Promise<void> {
  const { ParquetWriter, fileWriter } = await import('hyparquet-writer');
  const unfinished = `${file}.part`;
  try {
    const writer = new ParquetWriter({
      writer: fileWriter(unfinished),
      schema: [{ name: 'root', num_children: COLUMNS.length }, ...COLUMNS],
      createdBy: 'planner-and-doer',
    });
    let rows: Row[] = [];
    let index = 0;
    const flush = async () => {
      if (rows.length > 0)
        await writer.write({
          columnData: COLUMNS.map(({ name }) => ({ name, data: rows.map((row) => row[name]) })),
          rowGroupSize: rows.length,
        });
      rows = [];
    };
    for (const episode of episodes) {
      rows.push(...rowsOf(episode, index++));
      if (rows.length >= ROWS_AT_ONCE) await flush();
    }
    await flush();
    await writer.finish();
    renameSync(unfinished, file);
  } finally {
    rmSync(unfinished, { force: true });
  }
}

/** Reads episodes that `writeParquet` has written. Throws a DatasetError that says what is wrong with the file. */
export async function* readParquet(file: string): AsyncGenerator<Episode> {
  const { parquetMetadataAsync, parquetReadObjects } = await import('hyparquet');
  const descriptor = openSync(file, 'r');
  try {
    const byteLength = fstatSync(descriptor).size;
    if (byteLength > MAX_FILE_BYTES)
      throw new DatasetError(`${file} has ${byteLength} bytes; accepted: up to ${MAX_FILE_BYTES}`);
    const slice = (start: number, end = byteLength) => {
      const bytes = Buffer.alloc(Math.max(0, Math.min(end, byteLength) - start));
      readSync(descriptor, bytes, 0, bytes.length, start);
      return bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length);
    };
    checkFooter(file, slice, byteLength);
    const source = { byteLength, slice };
    const metadata = await parquetMetadataAsync(source);
    const rowCount = Number(metadata.num_rows);
    if (rowCount > MAX_ROWS)
      throw new DatasetError(`${file} has ${rowCount} rows; accepted: up to ${MAX_ROWS}`);
    const names = metadata.schema.slice(1).map(({ name }) => name);
    const missing = COLUMNS.find(({ name }) => !names.includes(name));
    if (missing)
      throw new DatasetError(
        `${file} has no column ${missing.name}; accepted: what dataset export writes, or Minari's HDF5`,
      );
    const large = metadata.row_groups.find((group) => tooLarge(group));
    if (large) throw new DatasetError(`${file} has a row group that is too large to be read`);
    let rows: Row[] = [];
    for (let rowStart = 0; rowStart < rowCount; rowStart += ROWS_AT_ONCE) {
      const rowEnd = Math.min(rowCount, rowStart + ROWS_AT_ONCE);
      const read = await parquetReadObjects({
        file: source,
        metadata,
        columns: COLUMNS.map(({ name }) => name),
        rowStart,
        rowEnd,
        utf8: false,
      });
      for (const row of read) {
        if (rows.length > 0 && row.episode !== rows[0].episode) {
          yield episodeFrom(rows, file);
          rows = [];
        }
        if (rows.length > MAX_EPISODE_STEPS)
          throw new DatasetError(
            `${file}: episode ${row.episode} has more than ${MAX_EPISODE_STEPS} steps`,
          );
        rows.push(row);
      }
    }
    if (rows.length > 0) yield episodeFrom(rows, file);
  } catch (error) {
    if (error instanceof DatasetError || (error as NodeJS.ErrnoException).syscall) throw error;
    throw new DatasetError(`${file} cannot be read as Parquet: ${(error as Error).message}`);
  } finally {
    closeSync(descriptor);
  }
}

/** The last eight bytes say how long the table of contents is, before any of it is read. */
function checkFooter(
  file: string,
  slice: (start: number, end?: number) => ArrayBuffer,
  byteLength: number,
): void {
  const end = byteLength < 12 ? undefined : Buffer.from(slice(byteLength - 8));
  if (end?.toString('latin1', 4) !== 'PAR1')
    throw new DatasetError(`${file} is not a Parquet file`);
  const length = end.readUInt32LE(0);
  if (length > Math.min(MAX_FOOTER_BYTES, byteLength - 12))
    throw new DatasetError(
      `${file} says that its table of contents has ${length} bytes, which cannot be`,
    );
}

interface RowGroup {
  total_byte_size: bigint;
  num_rows: bigint;
  columns: { meta_data?: { total_uncompressed_size: bigint; num_values: bigint } }[];
}

function tooLarge({ total_byte_size, columns, num_rows }: RowGroup): boolean {
  return (
    Number(total_byte_size) > MAX_ROW_GROUP_BYTES ||
    Number(num_rows) > MAX_ROW_GROUP_BYTES / VIEW_BYTES ||
    columns.some(
      ({ meta_data }) =>
        Number(meta_data?.total_uncompressed_size ?? 0) > MAX_ROW_GROUP_BYTES ||
        Number(meta_data?.num_values ?? 0) > Number(num_rows),
    )
  );
}

const decoder = new TextDecoder();

function episodeFrom(rows: readonly Row[], file: string): Episode {
  const name = `${file}: episode ${rows[0].episode}`;
  const steps = rows.length - 1;
  const fail = (t: number, what: string): never => {
    throw new DatasetError(`${name}, row ${t}: ${what} is ${show(rows[t][what])}`);
  };
  const numbers = (what: string, count: number, isGood: (value: number) => boolean) =>
    rows.slice(0, count).map((row, t) => {
      const value = row[what];
      const number = typeof value === 'boolean' ? Number(value) : value;
      return typeof number === 'number' && isGood(number) ? number : fail(t, what);
    });
  const text = (what: string, longest: number) => {
    const value = rows[0][what];
    const read = value instanceof Uint8Array ? decoder.decode(value) : value;
    return typeof read === 'string' && read.length <= longest ? read : fail(0, what);
  };
  const seed = rows[0].seed;
  if (typeof seed !== 'bigint' || seed < 0n) fail(0, 'seed');
  numbers('step', rows.length, (step) => Number.isInteger(step)).forEach((step, t) => {
    if (step !== t) fail(t, 'step');
  });
  const images = new Uint8Array(rows.length * VIEW_BYTES);
  for (const [t, { image }] of rows.entries()) {
    if (image instanceof Uint8Array && image.length === VIEW_BYTES)
      images.set(image, t * VIEW_BYTES);
    else fail(t, 'image');
  }
  const isFlag = (value: number) => value === 0 || value === 1;
  const below = (limit: number) => (value: number) =>
    Number.isInteger(value) && value >= 0 && value < limit;
  return {
    name,
    levelId: text('level', 2000),
    seed: seed as bigint,
    mission: text('mission', 400),
    imageBytes: VIEW_BYTES,
    images,
    directions: Uint8Array.from(numbers('direction', rows.length, below(4))),
    actions: Uint8Array.from(numbers('action', steps, below(NUM_ACTIONS))),
    rewards: Float64Array.from(numbers('reward', steps, Number.isFinite)),
    terminations: Uint8Array.from(numbers('terminated', steps, isFlag)),
    truncations: Uint8Array.from(numbers('truncated', steps, isFlag)),
  };
}

function show(value: unknown): string {
  if (value instanceof Uint8Array) return `${value.length} bytes`;
  return typeof value === 'string' ? quoted(value) : String(value);
}
