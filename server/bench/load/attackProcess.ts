import { ATTACKS, LINES } from './attackers.ts';

/** The process of one attack: `attackProcess.ts NAME URL SECONDS [CONNECTIONS]`. */
const [name = '', url = '', seconds = '', lines = String(LINES)] = process.argv.slice(2);
await ATTACKS[name]?.run(new URL(url), performance.now() + Number(seconds) * 1000, Number(lines));
process.exit();
