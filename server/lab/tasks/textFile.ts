import { readFile, stat } from 'node:fs/promises';
import { foreignKind } from '../../../shared/foreignFile.ts';
import { PuzzleError } from './task.ts';

/**
 * The text of a file of puzzles.
 * @throws PuzzleError that names the file and what it is instead
 */
export async function readPuzzleFile(file: string, mostBytes: number): Promise<string> {
  const wrong = (what: string) => new PuzzleError(`${file}: ${what}`);
  const found = await stat(file).catch((error: NodeJS.ErrnoException) => {
    throw wrong(
      error.code === 'ENOENT' ? 'there is no such file' : `cannot be read (${error.message})`,
    );
  });
  if (found.isDirectory()) throw wrong('is a folder, expected a file of puzzles');
  if (!found.isFile()) throw wrong('is no plain file, expected a file of puzzles');
  if (found.size > mostBytes) throw wrong(`has ${found.size} bytes, expected at most ${mostBytes}`);
  const bytes = await readFile(file);
  const foreign = foreignKind(bytes.subarray(0, 512), 'json');
  if (foreign !== undefined) throw wrong(`is ${foreign}, expected a file of puzzles`);
  return bytes.toString('utf8');
}
