/** @jest-environment @happy-dom/jest-environment */
import { expect, test } from '@jest/globals';
import { createSharpCanvas } from './canvas.ts';

test('is drawn again after a lost context and after each change of density', () => {
  const queries: { media: string; change: () => void }[] = [];
  window.matchMedia = ((media: string) => ({
    addEventListener: (_name: string, change: () => void) => void queries.push({ media, change }),
  })) as never;
  const setRatio = (devicePixelRatio: number) =>
    Object.defineProperty(window, 'devicePixelRatio', {
      value: devicePixelRatio,
      configurable: true,
    });
  setRatio(1);
  let drawn = 0;
  const { element } = createSharpCanvas(() => {
    drawn++;
  });
  element.dispatchEvent(new Event('contextrestored'));
  expect(drawn).toBe(1);
  for (const ratio of [2, 1.5]) {
    const before = drawn;
    setRatio(ratio);
    // A query holds for one density only, so each change needs another.
    queries.at(-1)?.change();
    expect(drawn).toBe(before + 1);
    expect(queries.at(-1)?.media).toBe(`(resolution: ${ratio}dppx)`);
  }
});
