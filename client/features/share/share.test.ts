/** @jest-environment @happy-dom/jest-environment */
import { expect, test } from '@jest/globals';
import { linkFor } from './share.ts';

const LAN = { addresses: ['http://192.168.1.5:3000'], needsToken: false };
const ALONE = { addresses: [], needsToken: false };

test('a link names the machine as others reach it, with what is shown', () => {
  expect(linkFor('http://localhost:3000/?run=a&step=3', LAN)).toBe(
    'http://192.168.1.5:3000/?run=a&step=3',
  );
  expect(linkFor('http://127.0.0.1:3000/?run=a', ALONE)).toBeUndefined();
  // Opened by a name that others know, such as a proxy's, it is that one.
  expect(linkFor('https://class.example/?run=a', LAN)).toBe('https://class.example/?run=a');
});
