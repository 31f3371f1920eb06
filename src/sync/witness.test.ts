import { beforeEach, describe, expect, it } from 'vitest';
import type { TeleportEvent } from '../teleport/event.ts';
import { app, registration } from '../testing/builders.ts';
import { PendingWrites } from './pending.ts';
import { Witness } from './witness.ts';

const ours = registration('a', 6000);
const changed = registration('a', 6000, { uri: '10.0.0.1:6000' });
const others = registration('x', 5432, { name: 'warehouse', labels: { team: 'x' } });
const holder = registration('b', 6001, { labels: {} });

const put = (resource: typeof ours): TeleportEvent => ({ kind: 'put', resource });
const gone = ({ name }: { name: string }): TeleportEvent => ({ kind: 'delete', of: 'db', name });

let pending: PendingWrites;
let witness: Witness;
beforeEach(() => {
  pending = new PendingWrites();
  witness = new Witness('prod', pending);
  witness.saw([ours, others], [holder]);
});

describe('an event means', () => {
  it.each<[what: string, event: TeleportEvent, meaning: string]>([
    ['that the stream opened', { kind: 'opened' }, 'news'],
    ['that ours is as it was', put(ours), 'nothing'],
    ['that ours was changed', put(changed), 'news'],
    ['that ours was removed', gone(ours), 'news'],
    ['that one of ours appeared, which we did not make', put(registration('new', 6005)), 'news'],
    ['that somebody else’s was changed', put({ ...others, uri: 'db:1' }), 'nothing'],
    ['that somebody else’s was removed', gone(others), 'nothing'],
    ['that somebody else’s appeared', put({ ...others, name: 'other' }), 'nothing'],
    ['that who holds our name changed it', put({ ...holder, uri: 'db:1' }), 'news'],
    ['that who holds our name gave it up', gone(holder), 'news'],
    ['that an app of that name was removed', { kind: 'delete', of: 'app', name: ours.name }, 'nothing'],
    [
      'that an agent serves it',
      { kind: 'serving', of: 'db', name: ours.name, host: 'h', hostId: 'i' },
      'nothing',
    ],
  ])('%s', (_, event, meaning) => {
    expect(witness.judge(event)).toBe(meaning);
  });

  it('what the last look saw counts, and nothing before it', () => {
    witness.saw([app('dblab-api-prod')], []);
    expect(witness.judge(gone(ours))).toBe('nothing');
    expect(witness.judge({ kind: 'delete', of: 'app', name: 'dblab-api-prod' })).toBe('news');
  });
});

describe('a write of ours is confirmed by its event, which is remembered', () => {
  it('made', () => {
    const made = registration('new', 6005);
    pending.record({ action: 'create', resource: made }, 0);
    expect(witness.judge(gone(made))).toBe('nothing');
    expect(witness.judge(put(made))).toBe('confirmed');
    expect(witness.judge(put(made))).toBe('nothing');
    expect(witness.judge(gone(made))).toBe('news');
  });

  it('changed, though the event before it is still of what was there', () => {
    pending.record({ action: 'update', current: ours, resource: changed }, 0);
    expect([put(ours), put(changed), put(ours)].map((event) => witness.judge(event))).toEqual([
      'nothing',
      'confirmed',
      'news',
    ]);
  });

  it('removed', () => {
    pending.record({ action: 'delete', current: ours }, 0);
    expect([put(ours), gone(ours), gone(ours)].map((event) => witness.judge(event))).toEqual([
      'nothing',
      'confirmed',
      'nothing',
    ]);
  });
});
