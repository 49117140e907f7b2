import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { shortened } from '../../shared/text.ts';

/** A difference between our environment and what Python Minigrid did. */
export interface Failure {
  /** File, relative to the folder of golden data. */
  readonly file: string;
  /** Row in the file, from 0. */
  readonly row: number;
  /** The first thing in the row that differs. */
  readonly what: string;
}

export interface Progress {
  readonly file: string;
  readonly passed: number;
  readonly failed: number;
}

/** Counts rows and keeps their first differences. */
export class Tally {
  passed = 0;
  readonly failures: Failure[] = [];
  private readonly onProgress: ((progress: Progress) => void) | undefined;

  constructor(onProgress?: (progress: Progress) => void) {
    this.onProgress = onProgress;
  }

  /** Runs the check of one row; it returns the first difference, or undefined. A throw is one too. */
  check(file: string, row: number, compare: () => string | undefined): void {
    let what: string | undefined;
    try {
      what = compare();
    } catch (error) {
      what = `threw ${error instanceof Error ? error.message : String(error)}`;
    }
    if (what === undefined) this.passed++;
    else this.failures.push({ file, row, what });
  }

  fileDone(file: string): void {
    this.onProgress?.({ file, passed: this.passed, failed: this.failures.length });
  }
}

export function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;
}
export function isFile(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isFile() ?? false;
}
/** Names of the `.jsonl.gz` files of a folder, sorted. */
export function rowFilesIn(folder: string): string[] {
  return readdirSync(folder)
    .filter((name) => name.endsWith('.jsonl.gz'))
    .sort();
}

export function readJson(dir: string, file: string): unknown {
  return parse(readFileSync(join(dir, file), 'utf8'), file);
}
/** The rows of a gzipped JSON-lines file. Throws an Error that names file and line where one is malformed. */
export function readRows(dir: string, file: string): unknown[] {
  let text: string;
  try {
    text = gunzipSync(readFileSync(join(dir, file))).toString('utf8');
  } catch (error) {
    throw new Error(`${file} is not a readable gzip file: ${(error as Error).message}`);
  }
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line, index) => parse(line, `${file} row ${index}`));
}
function parse(text: string, where: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new Error(`${where} is not JSON: ${(error as Error).message}`);
  }
}

/** The first of some named comparisons that differs, as `name is X, Python has Y`. */
export function firstDifference(
  ...comparisons: readonly (readonly [name: string, ours: unknown, theirs: unknown])[]
): string | undefined {
  for (const [name, ours, theirs] of comparisons) {
    const a = JSON.stringify(ours) ?? 'undefined';
    const b = JSON.stringify(theirs) ?? 'undefined';
    if (a !== b) return `${name} is ${shortened(a, 120)}, Python has ${shortened(b, 120)}`;
  }
  return undefined;
}

export function base64(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64');
}
