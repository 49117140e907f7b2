import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import net, { type AddressInfo } from 'node:net';
import { expect, test } from '@jest/globals';
import { parseGIF } from 'gifuct-js';
import jsQR from 'jsqr';
import type { Moment } from '../../shared/moments.ts';
import type { Replay } from '../../shared/replay.ts';
import { CLASSROOM, REBOUND } from './launch.ts';
import { startServer } from './server.ts';
import {
  browserSuite,
  eventually,
  hold,
  holdAt,
  mark,
  pixelsOf,
  settled,
  violations,
  waitForMark,
} from './suite.ts';

await browserSuite('files of a run, and links for others', ({ open, api, url }) => {
  test('a page whose name was sent to this machine afterwards (DNS rebinding) reads nothing', async () => {
    const { port, hostname } = new URL(url());
    const context = (await open('', { held: true })).context();
    /** What the browser gets under that name from the server that it leads to. */
    const gets = async (name: string) => {
      const page = await context.newPage();
      const shown = (await page.goto(`http://${name}:${port}/api/runs`))?.status();
      const got = await page.evaluate(async () => {
        const { status } = await fetch('/api/runs');
        const socket = new WebSocket(`ws://${location.host}/socket.io/?EIO=4&transport=websocket`);
        const isOpen = await new Promise((resolve) => {
          socket.onopen = () => resolve(true);
          socket.onerror = () => resolve(false);
        });
        const polled = (await fetch('/socket.io/?EIO=4&transport=polling')).status;
        return { status, isOpen, polled };
      });
      await page.close();
      return { shown, ...got };
    };
    expect(await gets(REBOUND)).toEqual({ shown: 403, status: 403, isOpen: false, polled: 403 });
    // The same under the server's own name: the test does try what it says.
    expect(await gets(hostname)).toEqual({ shown: 200, status: 200, isOpen: true, polled: 200 });
  });

  test('a run is renamed, its measurements are downloaded, and a mission starts from its checkpoint', async () => {
    const page = await open('?do=change', { held: true });
    const run = await page.evaluate(() => document.body.dataset.run ?? '');
    await page.locator('#runs > summary').click();
    await page.locator('#run-details > summary').click();
    await page.locator('#run-name').fill('A run of mine');
    await page.locator('#run-name').press('Enter');
    await page.locator('#runs .row b', { hasText: 'A run of mine' }).waitFor();
    expect(await api('/api/runs')).toMatchObject({ runs: [{ id: run, name: 'A run of mine' }] });

    const [table] = await Promise.all([
      page.waitForEvent('download'),
      page.locator('[data-metrics="csv"]').click(),
    ]);
    expect(table.suggestedFilename()).toBe(`${run}.metrics.csv`);
    const [weights] = await Promise.all([
      page.waitForEvent('download'),
      page.locator('#run-details').getByRole('button', { name: 'Download' }).click(),
    ]);
    expect(weights.suggestedFilename()).toMatch(/\.u\d+\.safetensors$/);
    await page.locator('#run-details').getByRole('button', { name: 'Start from it' }).click();
    // What the page shows of its state is written once a frame.
    await page.waitForFunction(() => {
      const value = (id: string) => document.querySelector<HTMLSelectElement>(id)?.value;
      return value('#start-from') === value('#run-checkpoint');
    });
    // What was downloaded may be brought back, here or elsewhere.
    await page.locator('[aria-label="File of a policy"]').setInputFiles(await weights.path());
    await page.waitForFunction(
      () => document.querySelector<HTMLSelectElement>('#start-from')?.value.startsWith('upload-'),
      undefined,
      { timeout: 30_000 },
    );
  });

  test('a fork stands under the run that it branched off from, and a recording in the library', async () => {
    const page = await open('?do=change', { held: true });
    const run = await page.evaluate(() => document.body.dataset.run ?? '');
    await page.locator('#runs > summary').click();
    await page.locator('#run-details > summary').click();
    await page.locator('#run-details').getByRole('button', { name: 'Fork from here' }).click();
    const rows = page.locator('#runs .row');
    await page.locator('#runs .row[data-depth="1"][aria-current="true"]').waitFor();
    await eventually(async () => {
      const ids = await rows
        .locator('[data-run]')
        .evaluateAll((all) => all.map((one) => (one as HTMLElement).dataset.run));
      expect(ids[0]).toBe(run);
      expect(ids).toHaveLength(2);
    });
    await rows.first().locator('[data-run]').click();
    await waitForMark(page, 'run', run);

    await page.getByRole('button', { name: 'Watch', exact: true }).click();
    await waitForMark(page, 'origin', 'run');
    await page.locator('#record').click();
    // Two clicks within one frame would be none.
    await page.locator('#record[aria-pressed="true"]').waitFor();
    await page.locator('#record').click();
    await page.getByRole('button', { name: 'Library…' }).click();
    const library = page.getByRole('dialog', { name: 'Library' });
    const cards = library.locator('.library-card');
    await cards.first().waitFor();
    await eventually(async () =>
      expect(await cards.first().locator('img').getAttribute('src')).toMatch(/^data:image/),
    );
    const search = library.getByLabel('Search recordings');
    await search.fill('no such thing');
    await library.getByText('No recording matches.').waitFor();
    await search.fill('');
    await cards.first().getByLabel('Name', { exact: true }).fill('Kept by a test');
    await cards.first().getByLabel('Name', { exact: true }).press('Enter');
    await library.getByLabel('Choose Kept by a test').check();
    await library.getByRole('button', { name: 'Delete', exact: true }).click();
    await eventually(async () =>
      expect(await library.getByLabel('Choose Kept by a test').count()).toBe(0),
    );
    await library.getByRole('button', { name: 'Undo delete' }).click();
    await library.getByLabel('Choose Kept by a test').waitFor();
    expect(await violations(page)).toEqual([]);
  });

  test('sharing says where a link works, and gives the episode as a file', async () => {
    const page = await open('', { held: true });
    await page.getByRole('button', { name: 'Share', exact: true }).click();
    const dialog = page.locator('#share');
    await dialog.waitFor();
    // The tests' server listens on this machine alone.
    await eventually(async () =>
      expect(await dialog.textContent()).toMatch(/works on this machine only.*--host 0\.0\.0\.0/),
    );
    await eventually(async () =>
      expect(await dialog.locator('input').inputValue()).toMatch(/[?&]episode=/),
    );
    const [file] = await Promise.all([
      page.waitForEvent('download'),
      dialog.getByRole('button', { name: 'Download the episode' }).click(),
    ]);
    expect(file.suggestedFilename()).toMatch(/\.replay\.json$/);
    const { outcome } = JSON.parse(readFileSync(await file.path(), 'utf8')) as Replay;
    const [film] = await Promise.all([
      page.waitForEvent('download'),
      dialog.getByRole('button', { name: 'Make a film' }).click(),
    ]);
    expect(film.suggestedFilename()).toBe(file.suggestedFilename().replace('.replay.json', '.gif'));
    const { frames } = parseGIF(new Uint8Array(readFileSync(await film.path())).buffer);
    expect(frames.filter((frame) => 'image' in frame)).toHaveLength(outcome.steps + 1);
  });

  test('a class sees what the one who controls sees, looks around, comes back, and takes over', async () => {
    // An episode that has the steps that are gone to below.
    const { runs } = (await api('/api/runs')) as { runs: { id: string }[] };
    const run = runs[0]?.id;
    const { moments } = (await api(`/api/runs/${run}/episodes`)) as { moments: Moment[] };
    const long = moments.find(({ steps }) => steps > 8);
    if (!long) throw new Error('no kept episode has more than 8 steps');
    const teacher = await open(`?run=${run}&episode=${long.id}`, { held: true });
    await waitForMark(teacher, 'episode', long.id);
    await hold(teacher);
    await teacher.getByRole('button', { name: 'Share' }).click();
    await teacher.getByRole('button', { name: 'Open a class' }).click();
    await teacher.getByText('You control the class', { exact: true }).waitFor();
    await holdAt(teacher, 2);
    const pupil = await open('?class=1');
    const bar = pupil.locator('#classroom');
    await bar.getByText(/^Following /).waitFor();
    const same = async (name: string) =>
      waitForMark(pupil, name, (await mark(teacher, name)) ?? '');
    for (const name of ['episode', 'step', 'mode']) await same(name);
    await holdAt(teacher, 4);
    await waitForMark(pupil, 'step', '4');
    // Who goes back a step is on its own, and the other one's steps are no longer its own.
    await pupil.keyboard.press('ArrowLeft');
    await waitForMark(pupil, 'step', '3');
    await bar.getByText(/^On your own; /).waitFor();
    await holdAt(teacher, 6);
    await settled(pupil);
    expect(await mark(pupil, 'step')).toBe('3');
    expect(await violations(pupil)).toEqual([]);
    await bar.getByRole('button', { name: 'Return to live' }).click();
    await waitForMark(pupil, 'step', '6');
    await bar.getByRole('button', { name: 'Ask for control' }).click();
    await teacher.getByRole('button', { name: 'Hand over' }).click();
    await bar.getByText('You control the class', { exact: true }).waitFor();
    await holdAt(pupil, 5);
    await waitForMark(teacher, 'step', '5');
  });

  test('what others open by link or by their camera shows the same episode', async () => {
    // The address has to be known to the server before it listens.
    const probe = net.createServer().listen(0);
    await once(probe, 'listening');
    const { port } = probe.address() as AddressInfo;
    await new Promise((done) => probe.close(done));
    const address = `http://${CLASSROOM}:${port}`;
    const listening = ['--host', '0.0.0.0', '--port', `${port}`, '--allow-origin', address];
    const server = await startServer(1, [...listening, '--token', 'for-control-only']);
    try {
      const page = await open(`${server.url}/?token=for-control-only`);
      // Until the run has played, an expert's episode is on the stage, which has no link.
      await waitForMark(page, 'origin', 'run');
      await hold(page);
      await page.waitForFunction(() => location.search.includes('episode='));
      await page.getByRole('button', { name: 'Share', exact: true }).click();
      const dialog = page.locator('#share');
      const link = await dialog.locator('input').inputValue();
      expect(link).toMatch(`${address}/?`);
      expect(link).not.toMatch('for-control-only');
      const { data, width, height } = await pixelsOf(
        page,
        await dialog.locator('.code').screenshot(),
      );
      expect(jsQR(data, width, height)?.data).toBe(link);

      const shown = await mark(page, 'episode');
      const other = await open(link, { held: true });
      expect(await mark(other, 'episode')).toBe(shown);
      // Away from this machine browsers offer no clipboard, and it is copied all the same.
      expect(await other.evaluate(() => 'clipboard' in navigator)).toBe(false);
      await other.getByRole('button', { name: 'Share', exact: true }).click();
      await other.getByRole('button', { name: 'Copy link' }).click();
      await other.getByText('Copied.', { exact: true }).waitFor();
      await other.locator('#share').getByRole('button', { name: 'Close' }).click();
      // Where it is pasted.
      await other.evaluate(() => document.body.append(document.createElement('textarea')));
      await other.locator('body > textarea').press('Control+V');
      expect(await other.locator('body > textarea').inputValue()).toBe(link);
      await Promise.all([page, other].map((one) => one.context().close()));
    } finally {
      await server.stop();
    }
  });
});
