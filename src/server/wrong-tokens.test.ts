import { expect, test } from 'vitest';
import { FakeClock } from '../testing/fake-clock.ts';
import { WrongTokens } from './wrong-tokens.ts';

function start() {
  const clock = new FakeClock();
  return { clock, wrong: new WrongTokens(clock) };
}

function times(count: number, act: () => void): void {
  for (let done = 0; done < count; done += 1) act();
}

test('a hundred wrong secrets of an address are borne, and then one a second', async () => {
  const { clock, wrong } = start();
  times(99, () => wrong.count('10.0.0.1'));
  expect(wrong.isExhausted('10.0.0.1')).toBe(false);
  wrong.count('10.0.0.1');
  expect(wrong.isExhausted('10.0.0.1')).toBe(true);
  await clock.advance(1_000);
  expect(wrong.isExhausted('10.0.0.1')).toBe(false);
  wrong.count('10.0.0.1');
  expect(wrong.isExhausted('10.0.0.1')).toBe(true);
});

test('another address does not pay for it', () => {
  const { wrong } = start();
  times(200, () => wrong.count('10.0.0.1'));
  expect(wrong.isExhausted('10.0.0.2')).toBe(false);
});

test('all is forgiven after a hundred seconds', async () => {
  const { clock, wrong } = start();
  times(100, () => wrong.count('10.0.0.1'));
  await clock.advance(100_000);
  times(99, () => wrong.count('10.0.0.1'));
  expect(wrong.isExhausted('10.0.0.1')).toBe(false);
});

test('no more than a thousand addresses are remembered, those that were quiet for longest forgotten first', () => {
  const { wrong } = start();
  times(100, () => wrong.count('first'));
  times(100, () => wrong.count('second'));
  let next = 0;
  times(999, () => wrong.count(`other ${next++}`));
  expect([wrong.isExhausted('first'), wrong.isExhausted('second')]).toEqual([false, true]);
});
