import { getEventListeners } from 'node:events';
import { expect, it } from 'vitest';
import { follow } from './abort.ts';

it('is aborted with the reason of the first signal that is', () => {
  const [one, other] = [new AbortController(), new AbortController()];
  const { controller } = follow(one.signal, undefined, other.signal);
  expect(controller.signal.aborted).toBe(false);
  other.abort('enough');
  expect(controller.signal.reason).toBe('enough');
});

it('is aborted from the start by a signal that already was', () => {
  expect(follow(AbortSignal.abort('before')).controller.signal.reason).toBe('before');
});

it('leaves nothing behind in a signal that it let go of', () => {
  const long = new AbortController();
  follow(long.signal).letGo();
  expect(getEventListeners(long.signal, 'abort')).toEqual([]);
});
