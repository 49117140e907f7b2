import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from '@jest/globals';
import { withTables } from './protocolPage.ts';

const PAGE = fileURLToPath(new URL('./PROTOCOL.md', import.meta.url));

test('the tables of PROTOCOL.md are what the schemas say (WRITE=1 makes them anew)', () => {
  const page = readFileSync(PAGE, 'utf8');
  const made = withTables(page);
  if (process.env.WRITE) writeFileSync(PAGE, made);
  else expect(page).toBe(made);
});
