import { linesOf } from './lines.ts';
import { Worlds } from './worlds.ts';

/** A request for 4,096 environments with long names stays below this. */
export const MAX_LINE_BYTES = 16_000_000;

/** Answers requests, one a line, until the input ends. `write` resolves when there is room for more. */
export async function serveWorlds(
  input: AsyncIterable<Uint8Array>,
  write: (line: string) => Promise<void> | void,
): Promise<number> {
  const worlds = new Worlds();
  let requests = 0;
  for await (const line of linesOf(input, MAX_LINE_BYTES)) {
    if ('text' in line && line.text.trim() === '') continue;
    const reply =
      'text' in line
        ? worlds.answer(line.text)
        : { ok: false, error: `the line is too long; accepted: up to ${MAX_LINE_BYTES} bytes` };
    requests++;
    await write(`${JSON.stringify(reply)}\n`);
  }
  return requests;
}
