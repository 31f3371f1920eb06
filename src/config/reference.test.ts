import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { referencePages } from './reference.ts';

it.each(referencePages)('$file says what the program does (npm run docs makes it anew)', ({ file, text }) => {
  expect(readFileSync(join(import.meta.dirname, '../../docs/reference', file), 'utf8')).toBe(text);
});
