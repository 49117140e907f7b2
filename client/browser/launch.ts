import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { type Browser, chromium } from 'playwright-core';

const COMMANDS = ['google-chrome', 'google-chrome-stable', 'chromium', 'chromium-browser'];
const PLACES = ['/Applications/Google Chrome.app/Contents/MacOS/Google Chrome'];
const BASE_ARGS = [
  '--no-sandbox',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--hide-scrollbars',
];
/**
 * WebGL without a graphics card, and the page itself drawn by the processor: composing all of it by an
 * emulated card takes tens of times as long for a screenshot.
 */
const SOFTWARE_ARGS = ['--disable-gpu', '--use-angle=swiftshader', '--enable-unsafe-swiftshader'];
/** What the packaged browser is given for serverless machines and contradicts the above. */
const UNWANTED_ARGS = [
  '--single-process',
  '--use-gl',
  '--ignore-gpu-blocklist',
  '--disable-web-security',
];

/**
 * Starts a headless Chromium: the one named by `CHROME_PATH`, else an installed one, else the one
 * that comes with `@sparticuz/chromium`. Where there is none it throws in continuous integration
 * (`CI` is set), and elsewhere returns why.
 */
export async function launchBrowser(): Promise<Browser | { missing: string }> {
  try {
    return await launchFirst();
  } catch (error) {
    if (process.env.CI) throw error;
    return { missing: (error as Error).message.split('\n')[0] };
  }
}

async function launchFirst(): Promise<Browser> {
  const named = process.env.CHROME_PATH;
  if (named) {
    if (!existsSync(named)) throw new Error(`CHROME_PATH is ${named}; accepted: a browser's path`);
    return chromium.launch({ executablePath: named, args: [...BASE_ARGS, ...SOFTWARE_ARGS] });
  }
  const installed = findInstalled();
  if (installed) {
    return chromium.launch({
      executablePath: installed,
      args: [...BASE_ARGS, ...SOFTWARE_ARGS],
    });
  }
  return launchPackaged();
}

function findInstalled(): string | undefined {
  for (const command of COMMANDS) {
    const found = spawnSync('which', [command], { encoding: 'utf8' });
    if (found.status === 0 && found.stdout.trim()) return found.stdout.trim();
  }
  return PLACES.find((place) => existsSync(place));
}

/** The npm package brings the system libraries too, but unpacks them only where it takes the machine for a serverless one. */
async function launchPackaged(): Promise<Browser> {
  process.env.AWS_LAMBDA_JS_RUNTIME ??= 'nodejs20.x';
  const { default: packaged } = await import('@sparticuz/chromium');
  const args = packaged.args.filter((arg) => !UNWANTED_ARGS.some((start) => arg.startsWith(start)));
  return chromium.launch({
    executablePath: await packaged.executablePath(),
    args: [...args, ...BASE_ARGS, ...SOFTWARE_ARGS],
  });
}
