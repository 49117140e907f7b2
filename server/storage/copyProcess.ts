import { renewCopy } from './copies.ts';

/** The process that renews the copy of a database while its server goes on: `copyProcess.ts FILE`. */
const [file = ''] = process.argv.slice(2);
const why = renewCopy(file);
if (why !== undefined) {
  process.stderr.write(`${why}\n`);
  process.exitCode = 1;
}
