import { expect, test } from '@jest/globals';
import { browserSuite } from './suite.ts';

await browserSuite('files of a run, and links for others', ({ open, api }) => {
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

  test('sharing says where a link works, and gives the episode as a file', async () => {
    const page = await open('', { held: true });
    await page.getByRole('button', { name: 'Share', exact: true }).click();
    const dialog = page.locator('#share');
    await dialog.waitFor();
    // The tests' server listens on this machine alone.
    expect(await dialog.textContent()).toMatch(/works on this machine only.*--host 0\.0\.0\.0/);
    expect(await dialog.locator('input').inputValue()).toMatch(/[?&]episode=/);
    const [file] = await Promise.all([
      page.waitForEvent('download'),
      dialog.getByRole('button', { name: 'Download the episode' }).click(),
    ]);
    expect(file.suggestedFilename()).toMatch(/\.replay\.json$/);
  });
});
