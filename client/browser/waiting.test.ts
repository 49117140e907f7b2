import { expect, test } from '@jest/globals';
import { browserSuite, eventually } from './suite.ts';

await browserSuite('while a run is tested before it learns', ({ open }) => {
  test('the page says how far the test is and when learning begins', async () => {
    const testing = { done: 34, of: 100, secondsLeft: 12 };
    const page = await open('', {
      held: true,
      retold: (run) => ({ ...run, status: 'running', testing }),
    });
    await page.getByText('Testing 34 of 100', { exact: true }).waitFor();
    await eventually(async () =>
      expect(await page.locator('.headline').textContent()).toMatch(/before learning.*34 of 100/),
    );
  });
});
