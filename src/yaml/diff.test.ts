import fc from 'fast-check';
import { expect, it } from 'vitest';
import { unifiedDiff } from './diff.ts';

it('shows what differs with three lines around it', () => {
  const lines = Array.from({ length: 12 }, (_, index) => `line ${index + 1}`);
  const before = `${lines.join('\n')}\n`;
  const after = before.replace('line 6\n', 'changed\nadded\n');
  expect(unifiedDiff(before, after, 'file')).toBe(
    [
      '--- file',
      '+++ file',
      '@@ -3,7 +3,8 @@',
      ' line 3',
      ' line 4',
      ' line 5',
      '-line 6',
      '+changed',
      '+added',
      ' line 7',
      ' line 8',
      ' line 9',
      '',
    ].join('\n'),
  );
});

it('shows a new file as added', () => {
  expect(unifiedDiff('', 'a\nb\n', 'file')).toBe('--- /dev/null\n+++ file\n@@ -0,0 +1,2 @@\n+a\n+b\n');
});

it('shows nothing where nothing differs', () => {
  expect(unifiedDiff('a\n', 'a\n', 'file')).toBe('');
});

it('turns the one into the other', () => {
  const text = fc
    .array(fc.constantFrom('a', 'b', 'c', 'd'), { maxLength: 30 })
    .map((lines) => lines.map((it) => `${it}\n`).join(''));
  fc.assert(
    fc.property(text, text, (before, after) => {
      expect(applied(before, unifiedDiff(before, after, 'f'))).toBe(after);
    }),
  );
});

/** As `patch` does. */
function applied(before: string, diff: string): string {
  const lines = before.split('\n').slice(0, -1);
  const out: string[] = [];
  let at = 0;
  for (const line of diff.split('\n').slice(2, -1)) {
    const hunk = /^@@ -(\d+),(\d+) /.exec(line);
    if (hunk !== null) {
      const start = Number(hunk[1]) - (hunk[2] === '0' ? 0 : 1);
      out.push(...lines.slice(at, start));
      at = start;
    } else if (line.startsWith('+')) out.push(line.slice(1));
    else {
      expect(lines[at]).toBe(line.slice(1));
      if (line.startsWith(' ')) out.push(line.slice(1));
      at += 1;
    }
  }
  return [...out, ...lines.slice(at)].map((it) => `${it}\n`).join('');
}
