/** Differences between two versions of a file, line by line, as `diff -u` shows them. Pure. */

const CONTEXT = 3;
/** Beyond this many pairs of lines, what differs is shown as replaced as a whole. */
const MOST_PAIRS = 4_000_000;

interface Line {
  readonly mark: ' ' | '-' | '+';
  readonly text: string;
}

/** Empty where nothing differs. */
export function unifiedDiff(before: string, after: string, name: string): string {
  const lines = compared(linesOf(before), linesOf(after));
  const hunks = hunksOf(lines);
  if (hunks.length === 0) return '';
  const shown = hunks.map(({ from, to }) => hunkText(lines, from, to));
  return `--- ${before === '' ? '/dev/null' : name}\n+++ ${name}\n${shown.join('')}`;
}

function linesOf(text: string): string[] {
  if (text === '') return [];
  const lines = text.replace(/\r\n/g, '\n').split('\n');
  return text.endsWith('\n') ? lines.slice(0, -1) : lines;
}

function compared(before: readonly string[], after: readonly string[]): Line[] {
  let head = 0;
  while (head < before.length && before[head] === after[head]) head += 1;
  let tail = 0;
  while (tail < Math.min(before.length, after.length) - head && before.at(-1 - tail) === after.at(-1 - tail))
    tail += 1;
  const same = (lines: readonly string[]) => lines.map((text): Line => ({ mark: ' ', text }));
  return [
    ...same(before.slice(0, head)),
    ...middle(before.slice(head, before.length - tail), after.slice(head, after.length - tail)),
    ...same(before.slice(before.length - tail)),
  ];
}

/** By the longest common subsequence, removals before additions. */
function middle(before: readonly string[], after: readonly string[]): Line[] {
  const removed = before.map((text): Line => ({ mark: '-', text }));
  const added = after.map((text): Line => ({ mark: '+', text }));
  if (before.length * after.length > MOST_PAIRS) return [...removed, ...added];
  const common = commonLengths(before, after);
  const lines: Line[] = [];
  while (removed.length > 0 && added.length > 0) {
    const [left, right] = [before.length - removed.length, after.length - added.length];
    if (before[left] === after[right]) {
      added.shift();
      lines.push({ mark: ' ', text: removed.shift()?.text ?? '' });
    } else {
      const isRemoval = at(common, left + 1, right) >= at(common, left, right + 1);
      lines.push(...(isRemoval ? removed : added).splice(0, 1));
    }
  }
  return [...lines, ...removed, ...added];
}

/** For each pair of places, how many lines the rests have in common. */
function commonLengths(before: readonly string[], after: readonly string[]): Uint32Array[] {
  const rows = Array.from({ length: before.length + 1 }, () => new Uint32Array(after.length + 1));
  for (let left = before.length - 1; left >= 0; left -= 1) {
    for (let right = after.length - 1; right >= 0; right -= 1) {
      const value =
        before[left] === after[right]
          ? at(rows, left + 1, right + 1) + 1
          : Math.max(at(rows, left + 1, right), at(rows, left, right + 1));
      rows[left]?.fill(value, right, right + 1);
    }
  }
  return rows;
}

function at(rows: readonly Uint32Array[], left: number, right: number): number {
  return rows[left]?.[right] ?? 0;
}

/** Stretches of lines around what differs; those that touch are one. */
function hunksOf(lines: readonly Line[]): { from: number; to: number }[] {
  const hunks: { from: number; to: number }[] = [];
  lines.forEach(({ mark }, index) => {
    if (mark === ' ') return;
    const from = Math.max(0, index - CONTEXT);
    const to = Math.min(lines.length, index + CONTEXT + 1);
    const last = hunks.at(-1);
    if (last !== undefined && from <= last.to) last.to = to;
    else hunks.push({ from, to });
  });
  return hunks;
}

function hunkText(lines: readonly Line[], from: number, to: number): string {
  const count = (upTo: number, mark: '-' | '+') =>
    lines.slice(0, upTo).filter((line) => line.mark !== mark).length;
  const shown = lines.slice(from, to);
  const range = (mark: '-' | '+') => {
    const length = shown.filter((line) => line.mark !== mark).length;
    return `${count(from, mark) + (length === 0 ? 0 : 1)},${length}`;
  };
  return `@@ -${range('+')} +${range('-')} @@\n${shown.map((line) => `${line.mark}${line.text}\n`).join('')}`;
}
