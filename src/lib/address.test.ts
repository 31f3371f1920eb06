import { expect, test } from 'vitest';
import { formatAddress, isHost, parseAddress } from './address.ts';

test.each([
  ['localhost:9876', 'localhost', 9876],
  ['0.0.0.0:9876', '0.0.0.0', 9876],
  [':9876', '', 9876],
  ['[::1]:9876', '::1', 9876],
  ['sidecar.internal:0', 'sidecar.internal', 0],
])('%s is an address and prints as it was typed', (text, host, port) => {
  const parsed = parseAddress(text);
  expect(parsed).toEqual({ ok: true, value: { host, port } });
  expect(formatAddress({ host, port })).toBe(text);
});

test.each([
  '',
  'localhost',
  '9876',
  '::1:9876',
  'http://x:1',
  'x:',
  'x:-1',
  'x:65536',
  'x:http',
  'x:1e3',
  '[::1:1',
  '[x]:1',
  'a b:1',
])('%j is refused', (text) => {
  expect(parseAddress(text)).toMatchObject({ ok: false });
});

test('a host is a name or an address, and nothing else', () => {
  expect(['db', 'a.b.c', '10.0.0.1', '::1', 'my_host'].filter(isHost)).toHaveLength(5);
  expect(['', '-a', 'a..b', 'a/b', 'a:1', '[::1]', 'a b', 'x'.repeat(254)].filter(isHost)).toEqual([]);
});
