import { expect, test } from '@jest/globals';
import { Gate } from './gate.ts';

test('so many are in at a time, and all get in in their order', async () => {
  const gate = new Gate(2);
  const order: number[] = [];
  let inside = 0;
  let most = 0;
  const visit = async (n: number) => {
    const leave = await gate.enter();
    order.push(n);
    most = Math.max(most, ++inside);
    await new Promise((resolve) => setTimeout(resolve, 1));
    inside--;
    leave();
    leave();
  };
  await Promise.all(Array.from({ length: 20 }, (_, n) => visit(n)));
  expect(order).toEqual(Array.from({ length: 20 }, (_, n) => n));
  expect(most).toBe(2);
});
