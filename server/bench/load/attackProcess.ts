import { ATTACKS } from './attackers.ts';

/** The process of one attack: `attackProcess.ts NAME URL SECONDS`. */
const [name = '', url = '', seconds = ''] = process.argv.slice(2);
await ATTACKS[name]?.run(new URL(url), performance.now() + Number(seconds) * 1000);
process.exit();
