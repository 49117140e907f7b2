import { USAGE } from '../processes/loader.ts';
import type { Command, CommandEntry, OptionSpec } from './command.ts';

/** All commands, one a line. */
export function helpForAll(entries: readonly CommandEntry[]): string {
  const width = Math.max(...entries.map(({ name }) => name.length));
  return [
    `usage: ${USAGE} COMMAND [OPTIONS] [--json]`,
    '',
    ...entries.map(({ name, summary }) => `  ${name.padEnd(width)}  ${summary}`),
    '',
    `${USAGE} COMMAND --help tells a command's options.`,
  ].join('\n');
}

/** One command's options, from its table. */
export function helpFor({ name, summary }: CommandEntry, command: Command): string {
  const rows = Object.entries(command.options).map(([option, spec]) => [
    `--${option}${spec.type === 'flag' ? '' : ` ${placeholderOf(spec)}`}`,
    `${spec.help}${remarksOn(spec)}`,
  ]);
  rows.push(['--json', 'Print the result as one JSON object, the last line of stdout.']);
  const { operands } = command;
  if (operands) rows.unshift([operands.name, operands.help]);
  const width = Math.max(...rows.map(([left]) => left.length));
  const after = operands ? ` ${operands.name}${operands.max > 1 ? '…' : ''}` : '';
  return [
    `usage: ${USAGE} ${name}${after} [OPTIONS]`,
    '',
    summary,
    '',
    ...rows.map(([left, right]) => `  ${left.padEnd(width)}  ${right}`),
  ].join('\n');
}

function placeholderOf(spec: Exclude<OptionSpec, { type: 'flag' }>): string {
  if (spec.placeholder) return spec.placeholder;
  if (spec.type === 'list') return 'A,B';
  if (spec.type !== 'text') return 'N';
  return spec.choices ? spec.choices.join('|') : 'TEXT';
}

function remarksOn(spec: OptionSpec): string {
  if (spec.required) return ' (needed)';
  if (spec.type === 'flag' || spec.default === undefined) return '';
  return ` (default: ${String(spec.default)})`;
}
