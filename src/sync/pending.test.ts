import { describe, expect, it } from 'vitest';
import { registration } from '../testing/builders.ts';
import { PendingWrites } from './pending.ts';

const a = registration('a', 6000);
const moved = registration('a', 6000, { uri: '127.0.0.1:6005' });
const b = registration('b', 6001);

describe('pending writes', () => {
  it('show a create before the list does', () => {
    const pending = new PendingWrites();
    pending.record({ action: 'create', resource: a }, 0);
    expect(pending.over([b], 500)).toEqual([b, a]);
  });

  it('hide what was deleted while the list still shows it', () => {
    const pending = new PendingWrites();
    pending.record({ action: 'delete', current: a }, 0);
    expect(pending.over([a, b], 500)).toEqual([b]);
  });

  it('put an update over the older document', () => {
    const pending = new PendingWrites();
    pending.record({ action: 'update', resource: moved, current: a }, 0);
    expect(pending.over([a], 500)).toEqual([moved]);
  });

  it('let the last write to a resource count', () => {
    const pending = new PendingWrites();
    pending.record({ action: 'create', resource: a }, 0);
    pending.record({ action: 'delete', current: a }, 100);
    expect(pending.over([a], 500)).toEqual([]);
  });

  it('are forgotten once the list shows them, so that what others do afterwards is seen', () => {
    const pending = new PendingWrites();
    pending.record({ action: 'create', resource: a }, 0);
    expect(pending.over([a], 1_000)).toEqual([a]);
    expect(pending.unseen(a)).toBeUndefined();
    expect(pending.over([], 1_100)).toEqual([]);
  });

  it('are forgotten after 30 s, when the list is right and memory wrong', () => {
    const pending = new PendingWrites();
    pending.record({ action: 'create', resource: a }, 0);
    expect(pending.over([], 30_000)).toEqual([a]);
    expect(pending.over([], 30_001)).toEqual([]);
  });

  it('count as shown whatever Teleport added to them', () => {
    const pending = new PendingWrites();
    pending.record({ action: 'create', resource: a }, 0);
    pending.over([{ ...a, labels: { ...a.labels, 'teleport.dev/origin': 'dynamic' } }], 500);
    expect(pending.unseen(a)).toBeUndefined();
  });

  it('stay over a list that was asked for before Teleport told that they show', () => {
    const pending = new PendingWrites();
    pending.record({ action: 'create', resource: a }, 0);
    pending.beforeList();
    expect(pending.told(a, a)).toBe(true);
    expect(pending.isSettled).toBe(true);
    expect(pending.over([], 500)).toEqual([a]);
    pending.beforeList();
    expect(pending.over([], 600)).toEqual([]);
  });

  it('are taken back when Teleport refuses, down to the write before', () => {
    const pending = new PendingWrites();
    pending.record({ action: 'create', resource: a }, 0);
    pending.record({ action: 'delete', current: a }, 100)();
    expect(pending.over([], 500)).toEqual([a]);
  });

  it('are not taken for shown when the list is still at an older write that looks the same', () => {
    const pending = new PendingWrites();
    pending.record({ action: 'create', resource: a }, 0);
    pending.record({ action: 'delete', current: a }, 100);
    pending.record({ action: 'create', resource: a }, 200);
    const shown = [[], [a], [], [], [a]].map((listed, index) => {
      expect(pending.over(listed, 1_000 + index)).toEqual([a]);
      return pending.unseen(a) === undefined;
    });
    expect(shown).toEqual([false, false, false, false, true]);
  });

  it('are not confirmed by the event of an older write that looks the same', () => {
    const pending = new PendingWrites();
    pending.record({ action: 'create', resource: a }, 0);
    pending.record({ action: 'delete', current: a }, 100);
    pending.record({ action: 'create', resource: a }, 200);
    expect([a, undefined, a].map((shown) => pending.told(a, shown))).toEqual([false, false, true]);
  });

  it('are settled when Teleport has told of each, and not before', () => {
    const pending = new PendingWrites();
    expect(pending.isSettled).toBe(true);
    pending.record({ action: 'create', resource: a }, 0);
    pending.record({ action: 'create', resource: b }, 0);
    expect([pending.isSettled, pending.told(a, a), pending.isSettled]).toEqual([false, true, false]);
    expect([pending.told(a, a), pending.told(b, b), pending.isSettled]).toEqual([false, true, true]);
  });

  it('keep through an update the fields that are not ours', () => {
    const pending = new PendingWrites();
    const source = { metadata: { description: 'mind the gap' } };
    pending.record({ action: 'update', resource: moved, current: { ...a, source } }, 0);
    expect(pending.over([a], 500)).toEqual([{ ...moved, source }]);
  });
});
