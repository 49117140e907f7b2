import { foreignKind } from './foreignFile.ts';
import { parseReplay, type Replay } from './replay.ts';

/** Largest replay file that is read; the longest episode with its thoughts takes a few megabytes. */
export const MAX_REPLAY_BYTES = 20_000_000;

/**
 * The replay in a file: the one reader of the command line and the page.
 * @param head its first bytes
 * @param text all of it, decoded as UTF-8
 * Throws one Error that names the file and what is wrong with it.
 */
export function readReplayFile(name: string, head: Uint8Array, text: string): Replay {
  const foreign = foreignKind(head, 'json');
  if (foreign !== undefined)
    throw new Error(`${name} is ${foreign}; accepted: a replay, as the page's Record saves it`);
  let document: unknown;
  try {
    // Editors on Windows put a byte-order mark before it.
    document = JSON.parse(text.replace(/^\uFEFF/, ''));
  } catch (error) {
    throw new Error(`${name} is not JSON: ${(error as Error).message}`);
  }
  try {
    return parseReplay(document);
  } catch (error) {
    throw new Error(`${name}: ${(error as Error).message}`);
  }
}
