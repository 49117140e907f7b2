import { readFile } from 'node:fs/promises';
import { foreignKind } from '../../shared/foreignFile.ts';

/**
 * What a JSON file holds.
 * @param wrong the error to throw, from what is wrong with the file: "is a folder"
 */
export async function readJsonFile(file: string, wrong: (what: string) => Error): Promise<unknown> {
  const bytes = await readFile(file).catch((error: NodeJS.ErrnoException) => {
    throw wrong(error.code === 'EISDIR' ? 'is a folder' : `cannot be read (${error.message})`);
  });
  const foreign = foreignKind(bytes.subarray(0, 512), 'json');
  if (foreign !== undefined) throw wrong(`is ${foreign}`);
  try {
    return JSON.parse(bytes.toString('utf8').replace(/^\uFEFF/, ''));
  } catch (error) {
    throw wrong(`cannot be read as JSON (${(error as Error).message})`);
  }
}
