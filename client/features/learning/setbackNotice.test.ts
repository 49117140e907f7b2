/** @jest-environment @happy-dom/jest-environment */
import { expect, test } from '@jest/globals';
import { DEFAULT_SETTINGS } from '../../../shared/config.ts';
import { aRun } from '../../../shared/run.testing.ts';
import { watchingStore } from '../../ui/panel.testing.ts';
import { createSetbackNotice } from './setbackNotice.ts';

test('a run that falls back late says so, and no longer once it is as good as before', () => {
  const store = watchingStore(aRun({ settings: { ...DEFAULT_SETTINGS, evalEpisodes: 100 } }));
  const notice = createSetbackNotice(store);
  let updates = 0;
  const tell = (...successes: number[]) => {
    for (const evalSuccess of successes) {
      const counts = { updates: ++updates, envSteps: 1000 * updates, episodes: 0, seconds: 0 };
      const point = { ...counts, values: { evalSuccess } };
      store.dispatch({ type: 'point', runId: aRun().id, point });
    }
    store.flush();
  };
  tell(0.8, 0.9, 0.92, 0.91);
  expect(notice.hidden).toBe(true);
  tell(0.7, 0.72, 0.71);
  expect(notice.hidden).toBe(false);
  expect(notice.textContent).toContain('fell from 91 %');
  tell(0.92, 0.9, 0.93);
  expect(notice.hidden).toBe(true);
});
