import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { commandReference } from './reference.ts';

it('the reference page says what the program does (npm run docs makes it anew)', async () => {
  const page = readFileSync(join(import.meta.dirname, '../../docs/reference/cli.md'), 'utf8');
  expect(page).toBe(await commandReference());
});
