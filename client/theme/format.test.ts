import { expect, test } from '@jest/globals';
import { formatNumber } from './format.ts';

test.each([
  [0, '0'],
  [3.3e-15, '0'],
  [-5.2e-8, '0'],
  [-0.00052, '−5.2e−4'],
  [0.0002, '2e−4'],
  [-1.2345, '−1.23'],
  [12_345, '12.3 k'],
])('%p reads %p', (value, text) => {
  expect(formatNumber(value)).toBe(text);
});
