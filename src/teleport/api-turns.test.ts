import { setImmediate } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { Turns } from './api-turns.ts';

const forever = new AbortController().signal;

describe('turns', () => {
  it('let so many through at a time, in the order in which they came', async () => {
    const turns = new Turns(2);
    const order: number[] = [];
    const ends: (() => void)[] = [];
    const all = [1, 2, 3, 4, 5].map(async (name) => {
      ends.push(await turns.take(forever));
      order.push(name);
    });
    await setImmediate();
    expect(order).toEqual([1, 2]);
    for (let turn = 0; turn < 5; turn += 1) {
      ends[turn]?.();
      await setImmediate();
      expect(order).toHaveLength(Math.min(5, turn + 3));
    }
    await Promise.all(all);
    expect(order).toEqual([1, 2, 3, 4, 5]);
  });

  it('are given back in full', async () => {
    const turns = new Turns(1);
    for (let round = 0; round < 3; round += 1) (await turns.take(forever))();
    const end = await turns.take(forever);
    let isSecond = false;
    const second = turns.take(forever).then(() => {
      isSecond = true;
    });
    await setImmediate();
    expect(isSecond).toBe(false);
    end();
    await second;
  });

  it('are not waited for by those who have gone', async () => {
    const turns = new Turns(1);
    const end = await turns.take(forever);
    const gone = new AbortController();
    const waiting = turns.take(gone.signal);
    const next = turns.take(forever);
    gone.abort(new Error('gone'));
    await expect(waiting).rejects.toThrow('gone');
    await expect(turns.take(gone.signal)).rejects.toThrow('gone');
    end();
    await next;
  });
});
