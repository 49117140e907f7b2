import { writeFile } from 'node:fs/promises';
import { provenance } from '../bench/machine.ts';
import { type Command, defineCommand, type OptionTable } from './command.ts';

const OUT = {
  type: 'text',
  help: 'Write the result to this JSON file, too.',
  placeholder: 'FILE',
  path: 'written',
} as const;

/** A command that measures: its result says with what, on what and when, and `--out` keeps it. */
export function defineBench<const T extends OptionTable>(bench: Command<T>): Command {
  return defineCommand({
    ...bench,
    options: { ...bench.options, out: OUT },
    async run(context) {
      // Cast: `context` holds all options of `bench`, and `out`.
      const result = await bench.run(context as never);
      const json = { ...provenance(), ...result.json };
      const { out } = context.options as { out?: string };
      if (out) await writeFile(out, `${JSON.stringify(json, undefined, 2)}\n`);
      return { ...result, json };
    },
  });
}
