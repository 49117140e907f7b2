import { expect, test } from '@jest/globals';
import type { Page } from 'playwright-core';
import { ACTION_NAMES } from '../../shared/constants.ts';
import { at as itemAt } from '../../shared/indexing.ts';
import { parseReplay } from '../../shared/replay.ts';
import { mindedReplay } from '../replay/expert.testing.ts';
import { ACTION_KEYS } from '../ui/keys.ts';
import { boxOf, browserSuite, eventually, holdAt, mark, violations, waitForMark } from './suite.ts';

await browserSuite('touching and comparing in a real browser', ({ open, api }) => {
  /** A page that shows a paused episode of the run. */
  async function openAtStep(step: number): Promise<Page> {
    const page = await open();
    await waitForMark(page, 'origin', 'run');
    await holdAt(page, step);
    return page;
  }

  test('a touched cell becomes the goal, the Doer is played on from there, and Esc returns', async () => {
    const page = await openAtStep(1);
    const episode = await mark(page, 'episode');
    const box = await boxOf(page.locator('#stage canvas'));
    await page.mouse.move(box.x + box.width / 2, box.y + box.height / 2);
    await page.locator('.aim').waitFor();
    await page.mouse.click(box.x + box.width / 2, box.y + box.height / 2);
    await waitForMark(page, 'origin', 'whatif');
    await eventually(async () =>
      expect(await mark(page, 'trial')).toMatch(/^from step 2 the Planner is told “go next to · /),
    );
    await eventually(async () => expect(await mark(page, 'mismatch')).toBe('-1'));
    await page.locator('#what-if .told', { hasText: 'What if: from step 2' }).waitFor();
    await page.keyboard.press('Escape');
    await waitForMark(page, 'origin', 'run');
    await eventually(async () =>
      expect([await mark(page, 'episode'), await mark(page, 'step')]).toEqual([episode, '1']),
    );
  });

  test('the same by keyboard; a person takes over, sees what the agent would do, hands back and keeps it', async () => {
    const page = await openAtStep(1);
    await page.keyboard.press('o');
    await page.keyboard.press('ArrowLeft');
    await page.locator('.aim').waitFor();
    await page.keyboard.press('Enter');
    await waitForMark(page, 'origin', 'whatif');
    await page.keyboard.press('Escape');
    await waitForMark(page, 'origin', 'run');

    await page.keyboard.press('y');
    await waitForMark(page, 'origin', 'person');
    await page.locator('#what-if .told', { hasText: 'The agent would:' }).waitFor();
    // By finger or pointer; the keys are Minigrid's.
    await page.getByRole('group', { name: 'Your action' }).getByLabel('Turn left').click();
    await page.waitForFunction(() => document.body.dataset.proposal?.startsWith('2:'));
    await eventually(async () => expect(await page.locator('.pad .would').count()).toBe(1));
    await page.keyboard.press('y');
    await waitForMark(page, 'origin', 'whatif');
    await eventually(async () =>
      expect(await mark(page, 'trial')).toBe('you acted for 1 step, the agent goes on from step 3'),
    );
    const kept = page.locator('#recordings .row');
    const before = await kept.count();
    await page.locator('#keep-branch').click();
    await page.waitForFunction(
      (count) => document.querySelectorAll('#recordings .row').length > count,
      before,
    );
    const id = await kept.first().getAttribute('data-recording');
    const replay = parseReplay(await api(`/api/replays/${id}`));
    expect(replay.actions[1]).toBe(0);
    expect(replay.played?.forced).toBe(2);
  });

  test('you against the agent: who has played a world by hand is told how the agent does it, and sees it', async () => {
    const levelId = 'BabyAI-GoToRedBallGrey-v0';
    const seed = 12;
    const page = await open(`?level=${levelId}&seed=${seed}&step=0`);
    await waitForMark(page, 'origin', 'seed');
    await holdAt(page, 0);
    await page.keyboard.press('y');
    await waitForMark(page, 'origin', 'person');
    const { actions, outcome } = mindedReplay(levelId, seed, [{ at: 0, subgoal: 0, x: -1, y: -1 }]);
    for (const action of actions)
      await page.keyboard.press(ACTION_KEYS[itemAt(ACTION_NAMES, action)].key);
    const told = page.locator('#what-if .told', { hasText: /The agent \(left\): .* steps, paid/ });
    await told.waitFor();
    expect(await told.textContent()).toMatch(
      new RegExp(`^You: ${outcome.steps} steps, paid .*(You win|The agent wins|A draw)\\.$`),
    );
    await page.locator('#before-plate', { hasText: 'The agent' }).waitFor();
    await page.locator('#before canvas').waitFor();
  });

  test('two policies play the same worlds side by side, with one switched off, and are counted', async () => {
    const page = await openAtStep(0);
    await page.keyboard.press('c');
    const dialog = page.locator('#compare');
    await dialog.waitFor();
    await dialog.locator('#compare-level').selectOption('BabyAI-GoToLocalS5N2-v0');
    await dialog.getByLabel('Worlds').first().fill('4');
    const side = (name: string) => dialog.locator(`[data-side="${name}"]`);
    await side('A').getByLabel('Who plays as A').selectOption('default');
    await side('B').getByLabel('Who plays as B').selectOption('default');
    await side('B').getByLabel('What is switched off in B').selectOption('frozenDoer');
    const play = async () => {
      await dialog.locator('#compare-go', { hasText: 'Play' }).click();
      await page.waitForFunction(() =>
        ['A', 'B'].every(
          (name) =>
            document.querySelector<HTMLElement>(`[data-side="${name}"]`)?.dataset.played === '4',
        ),
      );
    };
    await play();
    const done = async (name: string) => Number(await side(name).getAttribute('data-done'));
    await eventually(async () => expect(await done('A')).toBeGreaterThan(await done('B')));
    await eventually(async () =>
      expect(await dialog.locator('#compare-verdict').textContent()).toMatch(
        /^Of the 4 worlds that both have played, only A did \d/,
      ),
    );
    await eventually(async () =>
      expect(await dialog.locator('.compare-stage canvas').count()).toBe(2),
    );
    expect(await violations(page)).toEqual([]);

    await side('A').getByLabel('What is switched off in A').selectOption('frozenPlanner');
    await side('B').getByLabel('What is switched off in B').selectOption('withoutPlanner');
    await play();
    await eventually(async () =>
      expect(await dialog.locator('#compare-verdict').textContent()).toMatch(/^Of the 4 worlds/),
    );

    // Whose fault is it? The expert's goals with the policy's Doer, and the Planner's with an exact walker.
    await side('A').getByLabel('What is switched off in A').selectOption('none');
    await side('B').getByLabel('What is switched off in B').selectOption('none');
    await side('A').getByLabel('Who sets the goals of A').selectOption('expert');
    await side('B').getByLabel('Who acts for B').selectOption('exact');
    await play();
    await eventually(async () => expect(await done('A')).toBe(4));
    await eventually(async () => expect(await done('B')).toBeGreaterThanOrEqual(3));

    // A third side joins in, and the result is taken home.
    await dialog.locator('#compare-add').click();
    await page.waitForFunction(
      () => document.querySelector<HTMLElement>('[data-side="C"]')?.dataset.played === '4',
    );
    await dialog.locator('.compare-stage canvas').nth(2).waitFor();
    const [file] = await Promise.all([
      page.waitForEvent('download'),
      dialog.locator('#compare-save').click(),
    ]);
    expect(file.suggestedFilename()).toMatch(/^comparison-\d+-4\.csv$/);
    expect(await violations(page)).toEqual([]);
    await page.keyboard.press('Escape');
    await dialog.waitFor({ state: 'hidden' });
  });
});
