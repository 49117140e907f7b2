import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import type { Command, OptionSpec, OptionTable, OptionValues } from './command.ts';
import { UsageError } from './command.ts';
import { checkName } from './destination.ts';

export interface ParsedArguments {
  options: OptionValues<OptionTable>;
  operands: string[];
  /** Names of the options that were written. */
  given: ReadonlySet<string>;
  json: boolean;
  help: boolean;
}

/** Reads what follows a command's name. Throws a UsageError that names the option and what is accepted. */
export function parseArguments(command: Command, argv: readonly string[]): ParsedArguments {
  const given = new Map<string, string[]>();
  const operands: string[] = [];
  let json = false;
  let help = false;
  const rest = [...argv];
  for (let word = rest.shift(); word !== undefined; word = rest.shift()) {
    if (word === '--') {
      operands.push(...rest.splice(0));
    } else if (word === '--json') json = true;
    else if (word === '--help' || word === '-h') help = true;
    else if (word.startsWith('-') && word !== '-' && !/^-\d/.test(word)) {
      const [, name, value] = /^--([^=]*)(?:=([\s\S]*))?$/.exec(word) ?? [];
      const spec = name !== undefined && Object.hasOwn(command.options, name);
      if (!spec) throw new UsageError(unknownOption(word.split('=')[0], command.options));
      take(name, command.options[name], value);
    } else operands.push(word);
  }
  const names = new Set(given.keys());
  if (help) return { options: {}, operands, given: names, json, help };
  checkOperands(command, operands);
  return { options: valuesOf(command.options, given), operands, given: names, json, help };

  function take(name: string, spec: OptionSpec, attached: string | undefined): void {
    if (spec.type === 'flag') {
      if (attached !== undefined) throw new UsageError(`--${name} takes no value`);
      given.set(name, []);
      return;
    }
    const value = attached ?? rest.shift();
    if (value === undefined || (attached === undefined && value.startsWith('--')))
      throw new UsageError(`--${name} needs a value: ${acceptedBy(spec)}`);
    const known = given.get(name);
    if (known && spec.type !== 'list') throw new UsageError(`--${name} is given twice`);
    given.set(name, [...(known ?? []), value]);
  }
}

function valuesOf(table: OptionTable, given: ReadonlyMap<string, string[]>) {
  const values: Record<string, unknown> = {};
  for (const [name, spec] of Object.entries(table)) {
    const texts = given.get(name);
    if (spec.type === 'flag') values[name] = texts !== undefined;
    else if (texts) values[name] = readValue(name, spec, texts);
    else if (spec.required) throw new UsageError(`--${name} is missing: ${acceptedBy(spec)}`);
    else values[name] = spec.default;
  }
  return values as OptionValues<OptionTable>;
}

function readValue(name: string, spec: Exclude<OptionSpec, { type: 'flag' }>, texts: string[]) {
  const wrong = (value: string, accepted = acceptedBy(spec)) =>
    new UsageError(`--${name} is ${JSON.stringify(value)}; ${accepted}`);
  if (spec.type === 'list') {
    const split = spec.split ?? (spec.path ? splitFiles : (text: string) => text.split(','));
    const items = texts
      .flatMap(split)
      .map((item) => item.trim())
      .map((item) => spec.read?.(item) ?? item)
      .map((item) => (spec.path ? inHome(item) : item));
    const bad = items.find((item) => item === '' || (spec.choices && !spec.choices.includes(item)));
    if (bad !== undefined) throw wrong(bad);
    for (const item of items) {
      const complaint = spec.check?.(item);
      if (complaint) throw wrong(item, complaint);
    }
    return items;
  }
  let [text] = texts;
  if (spec.type === 'text') {
    text = spec.read?.(text) ?? text;
    if (spec.path) {
      checkName(name, text);
      text = inHome(text);
    }
    if (text === '' || (spec.choices && !spec.choices.includes(text))) throw wrong(text);
    const complaint = spec.check?.(text);
    if (complaint) throw wrong(text, complaint);
    return text;
  }
  const value = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(text.replaceAll('_', ''))
    ? Number(text.replaceAll('_', ''))
    : Number.NaN;
  const isWrong =
    !Number.isFinite(value) ||
    (spec.type === 'integer' && !Number.isSafeInteger(value)) ||
    value < (spec.min ?? -Infinity) ||
    value > (spec.max ?? Infinity);
  // A bound that is not stated otherwise: beyond it whole numbers are rounded.
  const isUnsafe = spec.type === 'integer' && Math.abs(value) > Number.MAX_SAFE_INTEGER;
  if (isWrong && isUnsafe && spec.max === undefined)
    throw wrong(text, acceptedBy({ ...spec, max: Number.MAX_SAFE_INTEGER }));
  if (isWrong) throw wrong(text);
  return value;
}

/** A name may hold commas: what lies there as a whole is one file, the longest such name first. */
function splitFiles(text: string): string[] {
  const parts = text.split(',');
  const files: string[] = [];
  while (parts.length > 0) {
    let length = parts.length;
    const name = () => parts.slice(0, length).join(',');
    while (length > 1 && !existsSync(inHome(name().trim()))) length--;
    files.push(name());
    parts.splice(0, length);
  }
  return files;
}

/** A shell leaves ~ as it is after an equals sign or a comma, and in quotes. */
function inHome(file: string): string {
  return file.replace(/^~(?=$|[\\/])/, homedir());
}

/** "accepted: …" of an option. */
export function acceptedBy(spec: Exclude<OptionSpec, { type: 'flag' }>): string {
  if (spec.type === 'text' || spec.type === 'list') {
    const one = spec.choices ? spec.choices.join(', ') : (spec.placeholder ?? 'a text');
    return spec.type === 'list'
      ? `accepted: one or more, with commas, of ${one}`
      : `accepted: ${one}`;
  }
  const kind = spec.type === 'integer' ? 'a whole number' : 'a number';
  const { min, max } = spec;
  const range =
    min !== undefined && max !== undefined
      ? ` from ${min} to ${max}`
      : min !== undefined
        ? ` from ${min} up`
        : max !== undefined
          ? ` up to ${max}`
          : '';
  return `accepted: ${kind}${range}`;
}

function checkOperands(command: Command, operands: readonly string[]): void {
  const wanted = command.operands;
  if (!wanted) {
    if (operands.length > 0)
      throw new UsageError(
        `unexpected ${JSON.stringify(operands[0])}; this command takes options only`,
      );
  } else if (operands.length < wanted.min) {
    throw new UsageError(`${wanted.name} is missing: ${wanted.help}`);
  } else if (operands.length > wanted.max) {
    throw new UsageError(`unexpected ${JSON.stringify(operands[wanted.max])} after ${wanted.name}`);
  }
}

function unknownOption(word: string, table: OptionTable): string {
  const names = [...Object.keys(table), 'json', 'help'].map((name) => `--${name}`);
  return `unknown option ${word}; accepted: ${names.join(', ')}`;
}
