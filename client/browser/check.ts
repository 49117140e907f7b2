import { launchBrowser } from './launch.ts';

/** Exit code 0 where a browser for the tests starts. */
const browser = await launchBrowser().catch((error: Error) => ({ missing: error.message }));
if ('missing' in browser) {
  process.stderr.write(`${browser.missing}\n`);
  process.exit(1);
}
await browser.close();
process.exit(0);
