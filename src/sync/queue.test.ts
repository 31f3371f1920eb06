import { describe, expect, it } from 'vitest';
import { TeleportError } from '../teleport/error.ts';
import { Queue } from './queue.ts';

const refused = new TeleportError('rule-denied', 'No.');
const busy = new TeleportError('unreachable', 'Down.');

describe('queue', () => {
  it('holds a clone once, however often it is hinted, with the time of the first hint', () => {
    const queue = new Queue();
    for (const at of [10, 20, 30]) queue.mark({ event: 'create', cloneId: 'a' }, at);
    expect([...queue.take()]).toEqual([['clone/a', 10]]);
  });

  it('keeps a hint that comes after the taking for the next pass', () => {
    const queue = new Queue();
    queue.mark({ event: 'create', cloneId: 'a' }, 0);
    queue.take();
    queue.mark({ event: 'delete', cloneId: 'a' }, 5);
    expect([...queue.take().keys()]).toEqual(['clone/a']);
    expect(queue.depth).toBe(0);
  });

  it('believes an announced deletion for a minute', () => {
    const queue = new Queue();
    queue.mark({ event: 'delete', cloneId: 'a' }, 0);
    queue.mark({ event: 'create', cloneId: 'b' }, 0);
    expect([...queue.announced(60_000)]).toEqual(['a']);
    expect([...queue.announced(60_001)]).toEqual([]);
  });

  it('remembers no more hints than any Engine has clones', () => {
    const queue = new Queue();
    for (let made = 0; made < 10_001; made += 1) queue.mark({ event: 'delete', cloneId: `c${made}` }, 0);
    expect([queue.depth, queue.announced(0).size]).toEqual([10_000, 10_000]);
  });

  it('makes a failing key wait longer each time while the others go on', () => {
    const queue = new Queue();
    queue.fail('clone/a', busy, 'again', 0, 0);
    expect(queue.nextRetryAt()).toBe(500);
    queue.fail('clone/a', busy, 'again', 500, 0);
    expect(queue.nextRetryAt()).toBe(1_500);
    expect([queue.isWaiting('clone/a', 1_499), queue.isWaiting('clone/a', 1_500)]).toEqual([true, false]);
    expect(queue.isWaiting('clone/b', 0)).toBe(false);
  });

  it('does not wait longer and longer for what Teleport merely does not show yet', () => {
    const queue = new Queue();
    const unseen = new TeleportError('not-found', 'Unknown.');
    for (const at of [0, 500, 1_000, 1_500]) queue.fail('clone/a', unseen, 'again', at, 0);
    expect(queue.nextRetryAt()).toBe(2_000);
  });

  it('does wait longer for what Teleport has not shown after twenty tries', () => {
    const queue = new Queue();
    const unseen = new TeleportError('not-found', 'Unknown.');
    for (let tries = 0; tries < 20; tries += 1) queue.fail('clone/a', unseen, 'again', 0, 0);
    expect(queue.nextRetryAt()).toBe(500);
    queue.fail('clone/a', unseen, 'again', 0, 0);
    expect(queue.nextRetryAt()).toBe(60_000);
  });

  it('wakes for the first wait that ends', () => {
    const queue = new Queue();
    queue.fail('clone/a', busy, 'again', 1_000, 0);
    queue.fail('clone/b', busy, 'again', 0, 0);
    expect(queue.nextRetryAt()).toBe(500);
  });

  it('takes no wait for real that could only come from a clock that was set back', () => {
    const queue = new Queue();
    queue.fail('clone/a', refused, 'report', 100_000, 0);
    expect(queue.isWaiting('clone/a', 100_000)).toBe(true);
    expect(queue.isWaiting('clone/a', 99_999)).toBe(false);
  });

  it('slows down a key that is changed a fourth time within a minute, and wakes for it where it is needed', () => {
    const queue = new Queue();
    for (const at of [0, 100, 200]) queue.succeed('clone/a', 'made', at);
    expect([queue.quarrels(200), queue.isWaiting('clone/a', 201)]).toEqual([[], false]);
    queue.succeed('clone/a', 'made', 300);
    expect(queue.quarrels(300)).toEqual(['clone/a']);
    expect([queue.isWaiting('clone/a', 799), queue.isWaiting('clone/a', 800)]).toEqual([true, false]);
    expect(queue.nextRetryAt()).toBeUndefined();
    queue.keepOnly(new Set(['clone/a', 'clone/b']));
    expect(queue.nextRetryAt()).toBe(800);
    expect(queue.quarrels(60_300)).toEqual([]);
  });

  it('does not take different changes of one key for a quarrel', () => {
    const queue = new Queue();
    for (const effect of ['at 6000', 'at 6001', 'at 6000', 'at 6002', 'at 6001'])
      queue.succeed('clone/a', effect, 0);
    expect(queue.quarrels(0)).toEqual([]);
  });

  it('forgets a quarrel after a quiet minute', () => {
    const queue = new Queue();
    for (const at of [0, 100, 200, 60_200]) queue.succeed('clone/a', 'made', at);
    expect(queue.isWaiting('clone/a', 60_201)).toBe(false);
  });

  it('starts again from the shortest wait after a success', () => {
    const queue = new Queue();
    queue.fail('clone/a', busy, 'again', 0, 0);
    queue.succeed('clone/a', 'made', 500);
    queue.fail('clone/a', busy, 'again', 1_000, 0);
    expect(queue.nextRetryAt()).toBe(1_500);
  });

  it('does not wake anybody for what a person has to mend', () => {
    const queue = new Queue();
    queue.fail('clone/a', refused, 'report', 0, 0);
    expect(queue.nextRetryAt()).toBeUndefined();
    expect([queue.isWaiting('clone/a', 59_999), queue.isWaiting('clone/a', 60_000)]).toEqual([true, false]);
  });

  it('tries everything again when the identity changed', () => {
    const queue = new Queue();
    queue.fail('clone/a', refused, 'report', 0, 0);
    queue.tryAllAgain();
    expect(queue.isWaiting('clone/a', 1)).toBe(false);
    expect(queue.nextRetryAt()).toBe(0);
  });

  it('forgets failures of clones that need nothing any more', () => {
    const queue = new Queue();
    queue.fail('clone/a', busy, 'again', 0, 0);
    queue.fail('clone/b', busy, 'again', 0, 0);
    queue.keepOnly(new Set(['clone/b']));
    expect(queue.failures().map((failure) => failure.key)).toEqual(['clone/b']);
  });

  it('lets a key wait longer and longer that somebody changes back again and again', () => {
    const queue = new Queue();
    for (const at of [0, 100, 200]) queue.succeed('clone/a', 'made', at);
    expect(queue.isWaiting('clone/a', 201)).toBe(false);
    queue.succeed('clone/a', 'made', 300);
    expect([queue.isWaiting('clone/a', 799), queue.isWaiting('clone/a', 800)]).toEqual([true, false]);
    queue.succeed('clone/a', 'made', 800);
    expect([queue.isWaiting('clone/a', 1_799), queue.isWaiting('clone/a', 1_800)]).toEqual([true, false]);
    expect(queue.quarrels(1_800)).toEqual(['clone/a']);
    expect(queue.quarrels(60_800)).toEqual([]);
  });

  it('never lets a clone wait that the Engine itself changes again and again', () => {
    const queue = new Queue();
    for (let at = 0; at < 10; at += 1) {
      queue.mark({ event: 'create', cloneId: 'a' }, at);
      queue.succeed('clone/a', 'made', at);
    }
    expect(queue.isWaiting('clone/a', 10)).toBe(false);
  });
});
