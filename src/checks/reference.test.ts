import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { CHECKS } from './list.ts';
import { checksPage, troubleshootingPage } from './reference.ts';
import { TROUBLES } from './troubleshooting.ts';

const DOCS = join(import.meta.dirname, '../../docs');

describe('pages that are made from the checks (npm run docs makes them anew)', () => {
  it.each([
    ['reference/checks.md', checksPage()],
    ['troubleshooting.md', troubleshootingPage()],
  ])('%s says what the program does', (file, text) => {
    expect(readFileSync(join(DOCS, file), 'utf8')).toBe(text);
  });
});

describe('the list of checks', () => {
  const ids = CHECKS.map(({ id }) => id);

  it('has no id twice', () => {
    expect(new Set(ids).size).toBe(ids.length);
  });

  it.each(CHECKS)('$id needs only checks before it', ({ id, needs = [] }) => {
    expect(needs.filter((need) => !ids.slice(0, ids.indexOf(id)).includes(need))).toEqual([]);
  });

  it('is all that the runbook names', () => {
    const runbook = readFileSync(join(DOCS, 'runbook.md'), 'utf8');
    const sections = runbook.split(/^## /m).slice(1);
    for (const section of sections) {
      const named = [...section.matchAll(/`([a-z]+(?:-[a-z]+)+)`/g)].map(([, id = '']) => id);
      expect(named.filter((id) => ids.includes(id)).length, section.slice(0, 40)).toBeGreaterThan(0);
    }
  });

  it("has a check for each of the eleven entries of the guide's troubleshooting", () => {
    expect(TROUBLES).toHaveLength(11);
    expect(TROUBLES.flatMap(({ checks }) => checks).filter((check) => !ids.includes(check))).toEqual([]);
  });
});
