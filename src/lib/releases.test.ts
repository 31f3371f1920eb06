import { expect, it } from 'vitest';
import { Releases } from './releases.ts';

it('releases last in first out, once, and goes on after a failure', async () => {
  const order: string[] = [];
  const releases = new Releases();
  releases.add(() => void order.push('first'));
  releases.add(async () => {
    order.push('second');
    throw new Error('stuck');
  });
  releases.add(() => void order.push('third'));
  await expect(releases.run()).rejects.toThrow('stuck');
  await releases.run();
  expect(order).toEqual(['third', 'second', 'first']);
});
