import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { readSmallFile } from './small-file.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'small-file-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

test('a file up to the limit is read whole', () => {
  writeFileSync(join(folder, 'f'), 'säcret');
  expect(readSmallFile(join(folder, 'f'), 7)).toBe('säcret');
});

test('a larger one, or one without an end, is refused', () => {
  writeFileSync(join(folder, 'f'), 'säcret');
  expect(() => readSmallFile(join(folder, 'f'), 6)).toThrow(/larger than 6 bytes/);
  expect(() => readSmallFile('/dev/zero', 100)).toThrow(/larger than 100 bytes/);
});

test('a missing one is reported as the system does', () => {
  expect(() => readSmallFile(join(folder, 'none'), 6)).toThrow(/ENOENT/);
});
