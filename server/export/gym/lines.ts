/** A line, or that one was longer than allowed and has been left out. */
export type Line = { readonly text: string } | { readonly tooLong: true };

const NEWLINE = 10;

/** Splits a stream into lines. A line longer than `maxBytes` is never held in memory whole. */
export async function* linesOf(
  input: AsyncIterable<Uint8Array>,
  maxBytes: number,
): AsyncGenerator<Line> {
  let parts: Uint8Array[] = [];
  let length = 0;
  let skipping = false;
  const take = (piece: Uint8Array) => {
    length += piece.length;
    if (length > maxBytes) {
      skipping = true;
      parts = [];
    } else if (piece.length > 0) parts.push(piece);
  };
  const finish = (): Line => {
    const line: Line = skipping
      ? { tooLong: true }
      : { text: Buffer.concat(parts).toString('utf8') };
    parts = [];
    length = 0;
    skipping = false;
    return line;
  };
  for await (const chunk of input) {
    let from = 0;
    for (let end = chunk.indexOf(NEWLINE); end >= 0; end = chunk.indexOf(NEWLINE, from)) {
      take(chunk.subarray(from, end));
      yield finish();
      from = end + 1;
    }
    take(chunk.subarray(from));
  }
  if (length > 0) yield finish();
}
