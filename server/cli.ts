import { COMMANDS } from './cli/commands.ts';
import { runCli } from './cli/main.ts';
import { FROM_SOURCE } from './processes/loader.ts';

const given = process.argv.slice(2);
// `npx planner-and-doer` is for looking on, `npm run cli` for commands.
const argv = given.length === 0 && !FROM_SOURCE ? ['serve'] : given;
const code = await runCli(argv, COMMANDS, {
  out: (text) => process.stdout.write(text),
  err: (text) => process.stderr.write(text),
});
process.exitCode = code;
// Engines may hold threads and devices open; what was printed must leave before the exit.
process.stdout.write('', () => process.stderr.write('', () => process.exit(code)));
