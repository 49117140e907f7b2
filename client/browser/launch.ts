import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { type Browser, chromium } from 'playwright-core';
import { buildFolder } from '../../server/engine/buildFolder.ts';

const COMMANDS = ['google-chrome', 'google-chrome-stable', 'chromium', 'chromium-browser'];
const PLACES = ['/Applications/Google Chrome.app/Contents/MacOS/Google Chrome'];
/** A name that a stranger's DNS server sends to this machine, once its page is open in the browser. */
export const REBOUND = 'rebound.test';
/** The name under which others on the network reach the server, where a test needs one. */
export const CLASSROOM = 'classroom.test';
/** A browser that is slow to start on a busy machine is there all the same: without it tests would be skipped. */
const LAUNCH_MS = 240_000;
const BASE_ARGS = [
  `--host-resolver-rules=MAP ${REBOUND} 127.0.0.1, MAP ${CLASSROOM} 127.0.0.1`,
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
    return { missing: (error as Error).message.replace(/\n.*/s, '') };
  }
}

async function launchFirst(): Promise<Browser> {
  const named = process.env.CHROME_PATH;
  if (named) {
    if (!existsSync(named)) throw new Error(`CHROME_PATH is ${named}; accepted: a browser's path`);
    return chromium.launch({
      executablePath: named,
      args: [...BASE_ARGS, ...SOFTWARE_ARGS],
      timeout: LAUNCH_MS,
    });
  }
  const installed = findInstalled();
  if (installed) {
    return chromium.launch({
      executablePath: installed,
      args: [...BASE_ARGS, ...SOFTWARE_ARGS],
      timeout: LAUNCH_MS,
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

/**
 * The npm package brings the system libraries too, but unpacks them only where it takes the machine for a
 * serverless one; and it runs whatever lies at /tmp/chromium. So it is given a folder that is ours alone,
 * into which it unpacks once: elsewhere first, for test files run side by side.
 */
async function launchPackaged(): Promise<Browser> {
  const runtime = { AWS_LAMBDA_JS_RUNTIME: process.env.AWS_LAMBDA_JS_RUNTIME ?? 'nodejs20.x' };
  Object.assign(process.env, runtime);
  const entry = createRequire(import.meta.url).resolve('@sparticuz/chromium');
  const manifest = join(dirname(entry), '../../package.json');
  const { version } = JSON.parse(readFileSync(manifest, 'utf8')) as { version: string };
  const folder = join(await buildFolder(), `browser-${version}`);
  const executablePath = join(folder, 'chromium');
  if (!existsSync(executablePath)) {
    const unpacked = `${folder}-${process.pid}`;
    mkdirSync(unpacked, { recursive: true, mode: 0o700 });
    // In a process of its own: where a test runner keeps the environment to itself, changing it here
    // does not reach what the package asks the system.
    const script = `import(${JSON.stringify(pathToFileURL(entry).href)}).then(({ default: one }) => one.executablePath())`;
    const { status, stderr } = spawnSync(process.execPath, ['-e', script], {
      encoding: 'utf8',
      env: { ...process.env, ...runtime, TMPDIR: unpacked },
    });
    if (status !== 0 || !existsSync(join(unpacked, 'chromium')))
      throw new Error(`the packaged browser was not unpacked: ${stderr.split('\n')[0]}`);
    try {
      rmSync(folder, { recursive: true, force: true });
      renameSync(unpacked, folder);
    } catch {
      // Another test file was first.
      rmSync(unpacked, { recursive: true, force: true });
    }
  }
  const { default: packaged } = await import('@sparticuz/chromium');
  const args = packaged.args.filter((arg) => !UNWANTED_ARGS.some((start) => arg.startsWith(start)));
  return chromium.launch({
    executablePath,
    args: [...args, ...BASE_ARGS, ...SOFTWARE_ARGS],
    timeout: LAUNCH_MS,
    env: {
      ...process.env,
      LD_LIBRARY_PATH: join(folder, 'al2023/lib'),
      FONTCONFIG_PATH: join(folder, 'fonts'),
    },
  });
}
