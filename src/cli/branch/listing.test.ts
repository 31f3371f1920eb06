import { expect, test } from 'vitest';
import type { BranchDocument } from '../../engine/branches.ts';
import { history, listing } from './listing.ts';

const look = { now: Date.UTC(2026, 3, 1), isColoured: false };
const future = '2099-01-02T12:00:00Z';

test.each<[string, readonly BranchDocument[], string]>([
  ['without branches', [], 'No branches found\n'],
  ['sorted by name', [{ name: 'dev' }, { name: 'a-b' }, { name: 'main' }], '  a-b\n  dev\n* main\n'],
  [
    'each name once, as the first pool has it',
    [{ name: 'dev', protected: true }, { name: 'dev' }],
    '  dev  [protected]\n',
  ],
  [
    'protected for a time',
    [{ name: 'dev', protected: true, protectedTill: future }],
    `  dev  [protected until ${future}]\n`,
  ],
  [
    'protected until lately',
    [{ name: 'dev', protected: true, protectedTill: '2000-01-02T12:00:00Z' }],
    '  dev\n',
  ],
  ['about to go', [{ name: 'dev', deleteAt: future }], `  dev  [auto-delete at ${future}]\n`],
  ['with a name that would command the terminal', [{ name: 'a\u001b[2J' }], '  a\\u001b[2J\n'],
])('branches %s', (_, branches, text) => {
  expect(listing(branches, 'main', look)).toBe(text);
});

test('colour is for the current branch alone', () => {
  const coloured = { ...look, isColoured: true };
  expect(listing([{ name: 'dev' }, { name: 'main' }], 'dev', coloured)).toBe(
    '* \u001b[1;32mdev\u001b[0m\n  main\n',
  );
});

test('a history leaves out what it does not know', () => {
  const commits = [
    { id: 'p@2', branch: ['main', 'dev'], dataStateAt: '20260401123456', message: 'indexed' },
    { id: 'p@1', branch: [], dataStateAt: '', message: '-' },
  ];
  expect(history(commits)).toBe(
    'snapshot p@2 (HEAD -> main, dev)\nDataStateAt: Wed, 01 Apr 2026 12:34:56 +0000\n    indexed\n\nsnapshot p@1 \nDataStateAt: \n\n',
  );
});
