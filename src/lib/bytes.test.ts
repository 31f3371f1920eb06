import { expect, test } from 'vitest';
import { humanBytes } from './bytes.ts';

test.each([
  [0, '0 B'],
  [9, '9 B'],
  [10, '10 B'],
  [1023, '1023 B'],
  [1024, '1.0 KiB'],
  [1280, '1.2 KiB'],
  [1792, '1.8 KiB'],
  [20_480, '20 KiB'],
  [12_800, '12 KiB'],
  [13_824, '14 KiB'],
  [486_400, '475 KiB'],
  [10 * 1024 ** 3 - 1, '10.0 GiB'],
  [1_073_741_824, '1.0 GiB'],
  [29_611_786_240, '28 GiB'],
  [2 ** 60, '1.0 EiB'],
])('%i bytes read %j', (bytes, text) => {
  expect(humanBytes(bytes)).toBe(text);
});
