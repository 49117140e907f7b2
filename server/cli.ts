import { COMMANDS } from './cli/commands.ts';
import { runCli } from './cli/main.ts';

const code = await runCli(process.argv.slice(2), COMMANDS, {
  out: (text) => process.stdout.write(text),
  err: (text) => process.stderr.write(text),
});
process.exitCode = code;
// Engines may hold threads and devices open; what was printed must leave before the exit.
process.stdout.write('', () => process.stderr.write('', () => process.exit(code)));
