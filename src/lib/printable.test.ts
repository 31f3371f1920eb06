import { expect, test } from 'vitest';
import { printable } from './printable.ts';

test('control characters become visible, all others stay', () => {
  expect(printable('a\n\u001b[2J\u007f\u009bé😀')).toBe('a\\u000a\\u001b[2J\\u007f\\u009bé😀');
});
