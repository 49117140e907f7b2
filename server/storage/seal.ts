import { createHash } from 'node:crypto';

/** Ends the JSON of an object; a file or row from before there were seals has none. */
const SEAL = /,"seal":"([0-9a-f]{16})"\}$/;

/**
 * An object as JSON whose last member, `seal`, is a checksum: a changed byte may leave JSON that says something else.
 * @param place where it is kept (its row's keys and other columns), which the checksum covers too
 */
export function sealed(value: object, ...place: readonly (string | number)[]): string {
  return closed(JSON.stringify(value), place);
}

/** The reverse. Throws where the text or its place is not what it was. */
export function unsealed<T>(text: string, ...place: readonly (string | number)[]): T {
  const whole = opened(text, place);
  if (whole === undefined) throw new Error('the checksum does not match');
  return JSON.parse(whole) as T;
}

/** The same text as it is kept in another place; undefined where it is not what it was. */
export function resealed(
  text: string,
  from: readonly (string | number)[],
  to: readonly (string | number)[],
): string | undefined {
  if (!SEAL.test(text)) return text;
  const whole = opened(text, from);
  return whole === undefined ? undefined : closed(whole, to);
}

/** The JSON without its seal, where it has one; undefined where that is another place's or another text's. */
function opened(text: string, place: readonly (string | number)[]): string | undefined {
  const seal = SEAL.exec(text)?.[1];
  if (seal === undefined) return text;
  const whole = text.replace(SEAL, '}');
  return sealOf(whole, place) === seal ? whole : undefined;
}

const closed = (whole: string, place: readonly (string | number)[]) =>
  `${whole.slice(0, -1)},"seal":"${sealOf(whole, place)}"}`;

function sealOf(text: string, place: readonly (string | number)[]): string {
  const hash = createHash('sha256').update(JSON.stringify(place)).update(text);
  return hash.digest('hex').slice(0, 16);
}
