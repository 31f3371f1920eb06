import { describe, expect, it } from 'vitest';
import { registration } from '../testing/builders.ts';
import { type PlannedChange, planned, type Reason } from './change.ts';
import { type Absences, guard, type Suspicion } from './guard.ts';

const removal = (id: string, reason: Reason = 'gone') =>
  planned({ action: 'delete', current: registration(id, 6000) }, reason, id);
const removals = (count: number) => Array.from({ length: count }, (_, index) => removal(`c${index}`));

function rule(changes: readonly PlannedChange[], over: Partial<Suspicion> = {}) {
  const suspicion = {
    changes,
    registered: 10,
    empty: false,
    announced: new Set<string>(),
    absences: new Map(),
    now: 0,
  };
  return guard({ ...suspicion, ...over });
}

/** How many of five removals are held at each of these readings of an Engine that lists nothing. */
function heldAt(times: readonly number[]): number[] {
  let absences: Absences = new Map();
  return times.map((now) => {
    const ruling = rule(removals(5), { empty: true, absences, now });
    absences = ruling.absences;
    return ruling.held.length;
  });
}

describe('guard', () => {
  it.each([
    ['one of one, the list not empty', 1, { registered: 1 }, 0],
    ['three of three, the list not empty', 3, { registered: 3 }, 0],
    ['four of twenty: a fifth', 4, { registered: 20 }, 0],
    ['four of nineteen: more than a fifth', 4, { registered: 19 }, 4],
    ['the last clone, the list empty', 1, { registered: 1, empty: true }, 1],
    ['all, the list empty', 10, { empty: true }, 10],
    [
      'all but what webhooks announced, the list empty',
      10,
      { empty: true, announced: new Set(['c0', 'c1']) },
      8,
    ],
    ['more than a fifth, but announced up to three', 6, { announced: new Set(['c0', 'c1', 'c2']) }, 0],
  ])('%s: of %i removals', (_, count, over, held) => {
    expect(rule(removals(count), over).held).toHaveLength(held);
  });

  it('lets everything else through while it holds', () => {
    const others = [
      removal('moved', 'moved'),
      removal('double', 'duplicate'),
      removal('wrong', 'port-taken'),
      planned({ action: 'create', resource: registration('new', 6009) }, 'new', 'new'),
    ];
    const { allowed, held } = rule([...removals(10), ...others], { empty: true });
    expect(allowed).toEqual(others);
    expect(held).toHaveLength(10);
  });

  it('counts clones, not registrations', () => {
    const twice = [removal('a'), removal('a'), removal('b'), removal('b')];
    expect(rule(twice, { registered: 3 }).held).toEqual([]);
  });

  it('gives in when three readings over a minute agree', () => {
    expect(heldAt([0, 20_000, 40_000, 59_999, 60_000])).toEqual([5, 5, 5, 5, 0]);
  });

  it('wants three readings even when they are far apart', () => {
    const first = rule(removals(5), { empty: true, now: 0 });
    const second = rule(removals(5), { empty: true, absences: first.absences, now: 60_000 });
    expect(second.held).toHaveLength(5);
    expect(rule(removals(5), { empty: true, absences: second.absences, now: 60_001 }).held).toEqual([]);
  });

  it('starts again after a silence of more than a minute', () => {
    expect(heldAt([0, 20_000, 3_600_000, 3_620_000, 3_640_000, 3_660_000])).toEqual([5, 5, 5, 5, 5, 0]);
  });

  it('starts again for a clone that came back in between', () => {
    const gone = rule(removals(5), { empty: true, now: 0 });
    const back = rule([], { absences: gone.absences, now: 30_000 });
    expect(rule(removals(5), { empty: true, absences: back.absences, now: 70_000 }).held).toHaveLength(5);
  });
});
