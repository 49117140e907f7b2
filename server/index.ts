/** `serve` by itself, for containers and services: takes the same options. */
import { COMMANDS } from './cli/commands.ts';
import { runCli } from './cli/main.ts';

const code = await runCli(['serve', ...process.argv.slice(2)], COMMANDS, {
  out: (text) => process.stdout.write(text),
  err: (text) => process.stderr.write(text),
});
process.exit(code);
