import { COLOR_NAMES, type ColorName } from '../../shared/constants.ts';
import type { DescribedType, Location } from '../instructions.ts';
import type { Both, Clause, Mission, Noun } from '../sentence.ts';
import { sayInstead } from './sayInstead.ts';

/** A sentence that does not fit the Baby Language. */
export class MissionError extends Error {
  override name = 'MissionError';
  /** The word that does not fit, as written; empty where the sentence ends too early. */
  readonly word: string;
  /** Where it begins and ends in the text, in characters. */
  readonly start: number;
  readonly end: number;
  /** What could stand there instead. "(end)" means that the sentence could be over. */
  readonly expected: readonly string[];
  constructor(text: string, word: Word | undefined, expected: readonly string[]) {
    const list = expected.map((item) => (item === END ? END : JSON.stringify(item))).join(', ');
    const trimmed = text.trim();
    super(
      word === undefined
        ? trimmed === ''
          ? `mission is empty; accepted: ${list}`
          : `mission ends after ${JSON.stringify(shorten(trimmed))}; accepted next: ${list}`
        : `mission: ${JSON.stringify(shorten(word.written))} does not fit (character ${word.start + 1}); ${insteadOf(word.written, expected)}accepted there: ${list}`,
    );
    this.word = word?.written ?? '';
    this.start = word?.start ?? text.length;
    this.end = word?.end ?? text.length;
    this.expected = expected;
  }
}
function insteadOf(word: string, expected: readonly string[]): string {
  const instead = sayInstead(word, expected);
  return instead === undefined ? '' : `say ${JSON.stringify(instead)}; `;
}
function shorten(text: string): string {
  return text.length > 60 ? `…${text.slice(-59)}` : text;
}

interface Word {
  /** Lower case, spelling variants unified. */
  readonly text: string;
  readonly written: string;
  readonly start: number;
  readonly end: number;
}

/** Longest text looked at: several times the longest sentence of the language. */
export const MAX_MISSION_LENGTH = 500;
export const END = '(end)';

/** What people write for a word of the language. */
const VARIANTS: Readonly<Record<string, readonly string[]>> = {
  gray: ['grey'],
  goto: ['go', 'to'],
  pickup: ['pick', 'up'],
  nextto: ['next', 'to'],
  an: ['a'],
};

/** Words, commas apart; case, spaces and closing full stops do not matter. */
function wordsOf(text: string): Word[] {
  const words: Word[] = [];
  const bare = text.replace(/[.!\s]+$/, '');
  for (const match of bare.matchAll(/,|[^\s,]+/g)) {
    const written = match[0];
    const start = match.index;
    const end = start + written.length;
    const lower = written.toLowerCase();
    const parts = Object.hasOwn(VARIANTS, lower) ? VARIANTS[lower] : [lower];
    for (const part of parts) words.push({ text: part, written, start, end });
  }
  return words;
}

const TYPES: readonly (DescribedType | 'object')[] = ['key', 'ball', 'box', 'door', 'object'];
const LOOSE: readonly (DescribedType | 'object')[] = ['key', 'ball', 'box', 'object'];
const DOORS: readonly (DescribedType | 'object')[] = ['door'];

class Parser {
  private readonly text: string;
  private readonly words: readonly Word[];
  private at = 0;
  /** Words from `at` on that the longest beginning of a tried phrase covers. */
  private begun = 0;
  /** What has been tried in vain at the word after those. */
  private tried: string[] = [];

  constructor(text: string) {
    this.text = text;
    this.words = wordsOf(text);
  }

  mission(): Mission {
    const a = this.part();
    // The comma is forgiven, but not the way to spell it.
    if (this.tryPhrase(', then') || this.tryPhrase('then', 'unmentioned'))
      return this.ended({ op: 'before', a, b: this.part() });
    if (this.tryPhrase('after you')) return this.ended({ op: 'after', a, b: this.part() });
    return this.ended(a);
  }

  private ended<T>(value: T): T {
    if (this.begun === 0) this.tried.push(END);
    if (this.at < this.words.length) this.fail();
    return value;
  }

  private part(): Clause | Both {
    const a = this.clause();
    return this.tryPhrase('and') ? { op: 'and', a, b: this.clause() } : a;
  }

  private clause(): Clause {
    if (this.tryPhrase('go to')) return { op: 'goto', noun: this.noun(TYPES) };
    if (this.tryPhrase('pick up')) return { op: 'pickup', noun: this.noun(LOOSE) };
    if (this.tryPhrase('open')) return { op: 'open', noun: this.noun(DOORS) };
    if (this.tryPhrase('put')) {
      const move = this.noun(LOOSE);
      if (!this.tryPhrase('next to')) this.fail();
      return { op: 'putnext', move, fixed: this.noun(TYPES) };
    }
    return this.fail();
  }

  private noun(types: readonly (DescribedType | 'object')[]): Noun {
    const article = this.tryPhrase('the') ? 'the' : this.tryPhrase('a') ? 'a' : 'the';
    const color = this.oneOf<ColorName>(COLOR_NAMES);
    const type = this.oneOf(types);
    if (type === null) this.fail();
    return { article, color, type: type === 'object' ? null : type, loc: this.location() };
  }

  private location(): Location | null {
    if (this.tryPhrase('on your left')) return 'left';
    if (this.tryPhrase('on your right')) return 'right';
    if (this.tryPhrase('in front of you')) return 'front';
    return this.tryPhrase('behind you') ? 'behind' : null;
  }

  private oneOf<T extends string>(choices: readonly T[]): T | null {
    for (const choice of choices) if (this.tryPhrase(choice)) return choice;
    return null;
  }

  /** Takes the words of a phrase if all of them come next. */
  private tryPhrase(phrase: string, mention: 'mentioned' | 'unmentioned' = 'mentioned'): boolean {
    const parts = phrase === ', then' ? [',', 'then'] : phrase.split(' ');
    let matched = 0;
    while (matched < parts.length && this.words[this.at + matched]?.text === parts[matched])
      matched++;
    if (matched === parts.length) {
      this.at += matched;
      this.tried = [];
      this.begun = 0;
      return true;
    }
    // Where a phrase was begun, the word after its beginning is the one that does not fit.
    if (mention === 'unmentioned') return false;
    if (matched > this.begun) {
      this.begun = matched;
      this.tried = [];
    }
    if (matched === this.begun) this.tried.push(parts.slice(matched).join(' '));
    return false;
  }
  private fail(): never {
    throw new MissionError(this.text, this.words[this.at + this.begun], this.tried);
  }
}

/**
 * Reads a sentence of the Baby Language. Case, articles, spaces, a closing full stop and the comma
 * before "then" are forgiven. Throws a MissionError that names the first word that does not fit and
 * what could stand there.
 */
export function parseMission(text: string): Mission {
  if (text.length > MAX_MISSION_LENGTH)
    throw new RangeError(
      `mission has ${text.length} characters; accepted: at most ${MAX_MISSION_LENGTH}`,
    );
  return new Parser(text).mission();
}

/** One way on from what has been typed so far. */
export interface Completion {
  /** The word or phrase offered. */
  readonly text: string;
  /** The whole input field with it. */
  readonly full: string;
}

/**
 * What could come next in an input field. A last word that is not followed by a space is taken as the
 * beginning of what is offered. Empty where the text is wrong before that, or complete with nothing
 * to add.
 */
export function completions(prefix: string): Completion[] {
  if (prefix.length > MAX_MISSION_LENGTH) return [];
  const typed = /[^\s,]*$/.exec(prefix)![0];
  const offered = new Map<string, string>();
  const offer = (head: string, start: string) => {
    for (const text of expectedAfter(head)) {
      if (!text.startsWith(start.toLowerCase()) || text === start.toLowerCase()) continue;
      const glue = text.startsWith(',') || head === '' || /\s$/.test(head) ? '' : ' ';
      const base = text.startsWith(',') ? head.trimEnd() : head;
      if (!offered.has(text)) offered.set(text, base + glue + text);
    }
  };
  if (typed !== '') offer(prefix.slice(0, prefix.length - typed.length), typed);
  // A complete word may also be followed by the next.
  if (typed === '' || offered.size === 0) offer(prefix, '');
  return [...offered].map(([text, full]) => ({ text, full }));
}

/** What may follow a beginning that is right as far as it goes; empty where it is not. */
function expectedAfter(head: string): string[] {
  const probe = '\u0000';
  try {
    new Parser(`${head} ${probe}`).mission();
    return [];
  } catch (error) {
    if (!(error instanceof MissionError) || error.word !== probe) return [];
    const { expected } = error;
    // Forgiven is not offered: a noun without its article, "then" without its comma.
    if (expected.includes('the')) return ['the', 'a'];
    return expected.filter((text) => text !== END);
  }
}
