import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { serveReference } from './reference.ts';

it('the reference page says what the program does (npm run docs makes it anew)', () => {
  const page = readFileSync(join(import.meta.dirname, '../../docs/reference/serve.md'), 'utf8');
  expect(page).toBe(serveReference());
});
