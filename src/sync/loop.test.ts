import { afterEach, describe, expect, it } from 'vitest';
import type { Clone } from '../engine/clone.ts';
import { EngineError } from '../engine/error.ts';
import { silentLog } from '../lib/log.ts';
import { TeleportError } from '../teleport/error.ts';
import type { Resource } from '../teleport/resource.ts';
import { clone, policy, registration } from '../testing/builders.ts';
import { FakeClock } from '../testing/fake-clock.ts';
import { ModelTeleport } from '../testing/model-teleport.ts';
import { Journal } from './journal.ts';
import { Loop } from './loop.ts';
import { PendingWrites } from './pending.ts';
import { Queue } from './queue.ts';
import { readiness } from './readiness.ts';
import type { Intervals } from './timetable.ts';
import { watch } from './watch.ts';

const running: AbortController[] = [];

afterEach(() => {
  for (const controller of running.splice(0)) controller.abort();
});

/** A loop on a clock the test turns, between a list of clones and a model Teleport. */
function start(
  options: { clones?: Clone[]; actual?: Resource[]; intervals?: Partial<Intervals>; watched?: boolean } = {},
) {
  const clock = new FakeClock();
  const teleport = new ModelTeleport(clock, options.actual, options.watched);
  const engine = { clones: options.clones ?? [], readings: 0, down: false };
  const world = {
    teleport,
    clock,
    policy,
    pending: new PendingWrites(),
    queue: new Queue(),
    clones: async () => {
      engine.readings += 1;
      if (engine.down) throw new EngineError('unreachable', 'The Engine is down.');
      return engine.clones;
    },
  };
  const intervals = { pollMs: 15_000, sweepMs: 300_000, watchedSweepMs: 600_000, ...options.intervals };
  const loop = new Loop(world, intervals, new Journal(silentLog, teleport));
  const controller = new AbortController();
  running.push(controller);
  const ended = loop.run(controller.signal, controller.signal);
  void watch({ teleport, clock, log: silentLog }, loop, controller.signal);
  return { clock, teleport, engine, loop, ended, stop: () => controller.abort() };
}

const NAME = 'db/dblab-clone-prod-a-6000';
const A = clone('a', 6000);

describe('the loop', () => {
  it('puts everything in step at start', async () => {
    const { clock, teleport } = start({ clones: [A], actual: [registration('b', 6001)] });
    await clock.advance(0);
    expect(teleport.names()).toEqual([NAME]);
  });

  it('reads Teleport before the Engine, so that a clone born in between is not a leftover', async () => {
    const { clock, teleport, engine } = start({ clones: [A], actual: [registration('a', 6000)] });
    await clock.advance(0);
    teleport.duringList = () => {
      teleport.duringList = () => {};
      engine.clones = [A, clone('b', 6001)];
      teleport.put(registration('b', 6001));
    };
    await clock.advance(330_000);
    expect(teleport.names()).toContain('db/dblab-clone-prod-b-6001');
    expect(teleport.history.filter((it) => it.change.action === 'delete')).toEqual([]);
  });

  it('answers a hint within the gathering time', async () => {
    const { clock, teleport, engine, loop } = start();
    await clock.advance(5_000);
    engine.clones = [A];
    loop.hint({ event: 'create', cloneId: 'a' });
    await clock.advance(20);
    expect(teleport.names()).toEqual([NAME]);
  });

  it('makes one pass of a burst of hints', async () => {
    const { clock, teleport, engine, loop } = start();
    await clock.advance(5_000);
    const before = teleport.lists;
    engine.clones = Array.from({ length: 100 }, (_, index) => clone(`c${index}`, 6000 + index));
    for (const { id } of engine.clones) loop.hint({ event: 'create', cloneId: id });
    await clock.advance(20);
    expect(teleport.lists - before).toBe(1);
    expect(teleport.names()).toHaveLength(100);
  });

  it('does not believe a hint: only what the Engine says counts', async () => {
    const { clock, teleport, loop } = start({ clones: [A] });
    await clock.advance(5_000);
    loop.hint({ event: 'delete', cloneId: 'a' });
    loop.hint({ event: 'create', cloneId: 'forged' });
    await clock.advance(5_000);
    expect(teleport.names()).toEqual([NAME]);
  });

  it('takes back what it made a moment ago, though lists and deletes cannot see it yet', async () => {
    const { clock, teleport, engine, loop } = start();
    await clock.advance(5_000);
    engine.clones = [A];
    loop.hint({ event: 'create', cloneId: 'a' });
    await clock.advance(50);
    engine.clones = [];
    loop.hint({ event: 'delete', cloneId: 'a' });
    await clock.advance(3_000);
    expect(teleport.names()).toEqual([]);
  });

  it('gives a port to its new clone at once, whatever became of the old registration', async () => {
    const { clock, teleport, engine, loop } = start({ clones: [A] });
    await clock.advance(5_000);
    engine.clones = [clone('b', 6000)];
    loop.hint({ event: 'create', cloneId: 'b' });
    await clock.advance(20);
    expect(teleport.names()).toEqual(['db/dblab-clone-prod-b-6000']);
  });

  it('sees what no webhook told within a poll interval', async () => {
    const { clock, teleport, engine } = start({ clones: [] });
    await clock.advance(5_000);
    engine.clones = [A];
    await clock.advance(15_000);
    expect(teleport.names()).toEqual([NAME]);
  });

  it('looks soon again while a clone is being created, and less and less often', async () => {
    const { clock, teleport, engine } = start({ clones: [clone('a', undefined, { status: 'CREATING' })] });
    await clock.advance(1_600);
    const early = engine.readings;
    await clock.advance(14_000);
    expect(engine.readings - early).toBeLessThanOrEqual(4);
    engine.clones = [A];
    await clock.advance(15_000);
    expect(teleport.names()).toEqual([NAME]);
  });

  it('does not list Teleport on a quiet day but for confirmations and sweeps', async () => {
    const { clock, teleport } = start({ clones: [A] });
    await clock.advance(280_000);
    expect(teleport.lists).toBe(2);
  });

  it('mends by a sweep what was changed by hand', async () => {
    const { clock, teleport } = start({ clones: [A], intervals: { sweepMs: 20_000 } });
    await clock.advance(10_000);
    teleport.put(registration('a', 6000, { uri: '10.9.9.9:1' }));
    await clock.advance(25_000);
    expect(teleport.backend.get(NAME)).toMatchObject({ uri: '127.0.0.1:6000' });
  });

  it('removes nothing when the Engine cannot be read, says so, and recovers by itself', async () => {
    const { clock, teleport, engine, loop } = start({ clones: [A] });
    await clock.advance(5_000);
    engine.down = true;
    engine.clones = [];
    loop.hint({ event: 'create', cloneId: 'x' });
    await clock.advance(120_000);
    expect(teleport.names()).toEqual([NAME]);
    expect(readiness(loop.status)).toEqual({ ready: false, sentence: 'The Engine is down.' });
    engine.down = false;
    engine.clones = [A, clone('b', 6001)];
    await clock.advance(15_000);
    expect(teleport.names()).toHaveLength(2);
    expect(readiness(loop.status).ready).toBe(true);
  });

  it('holds a sudden emptiness for a minute, then gives in', async () => {
    const { clock, teleport, engine, loop } = start({ clones: [A] });
    await clock.advance(5_000);
    engine.clones = [];
    await clock.advance(15_000);
    expect(loop.status.held).toEqual(['a']);
    expect(readiness(loop.status).sentence).toContain('"a"');
    await clock.advance(55_000);
    expect(teleport.names()).toEqual([NAME]);
    await clock.advance(10_000);
    expect(teleport.names()).toEqual([]);
    expect(loop.status.held).toEqual([]);
  });

  it('does not spin on a removal that failed and that the guard holds since', async () => {
    const { clock, teleport, engine, loop, ended } = start({ clones: [A] });
    await clock.advance(5_000);
    teleport.refuse = () => 'unreachable';
    teleport.duringList = () => {
      if (teleport.lists > 200) throw new RangeError('it spins');
    };
    engine.clones = [];
    loop.hint({ event: 'delete', cloneId: 'a' });
    await Promise.race([clock.advance(70_000), ended]);
    expect(loop.status.held).toEqual(['a']);
    expect(teleport.lists).toBeLessThan(100);
  });

  it('lets the others go on while one key waits', async () => {
    const { clock, teleport, engine, loop } = start({ clones: [A] });
    teleport.refuse = (change) =>
      change.action === 'create' && change.resource.name.includes('-a-') ? 'invalid' : undefined;
    engine.clones = [A, clone('b', 6001)];
    await clock.advance(3_000);
    expect(teleport.names()).toEqual(['db/dblab-clone-prod-b-6001']);
    expect(loop.status.clones.map((it) => it.standing)).toEqual(['waiting', 'registered']);
    expect(readiness(loop.status).ready).toBe(true);
  });

  it('is not ready without permission, does not hammer, and goes on when the identity changes', async () => {
    const { clock, teleport, loop } = start({ clones: [A] });
    teleport.refuse = () => 'rule-denied';
    await clock.advance(20_000);
    expect(readiness(loop.status).ready).toBe(false);
    expect(teleport.history).toHaveLength(1);
    teleport.refuse = () => undefined;
    loop.identityChanged();
    await clock.advance(1);
    expect(teleport.names()).toEqual([NAME]);
    await clock.advance(2_000);
    expect(readiness(loop.status)).toEqual({ ready: true, sentence: 'In step: 1 clone registered.' });
  });

  it('looks again after its first pass, for what an earlier process wrote a moment before it died', async () => {
    const { clock, teleport } = start({ clones: [clone('b', 6001)] });
    teleport.put(registration('a', 6000), 800);
    await clock.advance(2_000);
    expect(teleport.names()).toEqual(['db/dblab-clone-prod-b-6001']);
  });

  it('finds that a name is held by something its role cannot see, and never overwrites it', async () => {
    const { clock, teleport, loop } = start({ clones: [A] });
    const hidden = registration('a', 6000, { labels: { team: 'billing' } });
    teleport.backend.set(NAME, hidden);
    await clock.advance(100_000);
    expect(teleport.backend.get(NAME)).toBe(hidden);
    expect(readiness(loop.status).sentence).toContain('our role may not see it');
  });

  it('goes on looking when the clock is set back', async () => {
    const { clock, teleport, engine } = start({ clones: [] });
    await clock.advance(5_000);
    clock.setBack(3_600_000);
    engine.clones = [A];
    await clock.advance(30_000);
    expect(teleport.names()).toEqual([NAME]);
  });

  it('ends when it is told to', async () => {
    const { clock, ended, stop } = start({ clones: [A] });
    await clock.advance(1_000);
    stop();
    await expect(ended).resolves.toBeUndefined();
  });
});

describe('the loop, told by Teleport', () => {
  const watched = { clones: [A], watched: true };

  it('does not list again to confirm what Teleport told of', async () => {
    const { clock, teleport, engine, loop } = start(watched);
    await clock.advance(10_000);
    const before = teleport.lists;
    engine.clones = [A, clone('b', 6001)];
    loop.hint({ event: 'create', cloneId: 'b' });
    await clock.advance(10_000);
    expect(teleport.names()).toHaveLength(2);
    expect(teleport.lists - before).toBe(1);
  });

  it.each([
    [
      'edits a registration',
      (teleport: ModelTeleport) => teleport.put(registration('a', 6000, { uri: '10.9.9.9:1' }), 300),
    ],
    ['removes one', (teleport: ModelTeleport) => teleport.remove(NAME, 300)],
  ])('mends it at once when somebody %s', async (_, harm) => {
    const { clock, teleport } = start(watched);
    await clock.advance(10_000);
    harm(teleport);
    await clock.advance(350);
    expect(teleport.backend.get(NAME)).toMatchObject({ uri: '127.0.0.1:6000' });
  });

  it('takes a name as soon as the stranger gives it up', async () => {
    const stranger = registration('a', 6000, { labels: { team: 'billing' } });
    const { clock, teleport, loop } = start({ ...watched, actual: [stranger] });
    await clock.advance(10_000);
    expect(loop.status.conflicts).toHaveLength(1);
    teleport.remove(NAME, 300);
    await clock.advance(350);
    expect(teleport.backend.get(NAME)).toMatchObject({ labels: { clone_id: 'a' } });
  });

  it('does not take a list for newer than what Teleport told while it was under way', async () => {
    const { clock, teleport, loop } = start(watched);
    await clock.advance(500);
    teleport.duringList = () => teleport.tell({ kind: 'put', resource: registration('a', 6000) });
    loop.hint({ event: 'create', cloneId: 'a' });
    await clock.advance(100);
    expect(teleport.history).toHaveLength(1);
  });

  it('is not moved by what concerns others', async () => {
    const { clock, teleport } = start(watched);
    await clock.advance(10_000);
    const before = teleport.lists;
    teleport.put(registration('x', 5432, { name: 'billing', labels: { team: 'billing' } }), 0);
    teleport.remove('db/billing', 0);
    await clock.advance(10_000);
    expect(teleport.lists).toBe(before);
  });

  it('sweeps seldom while it is told, often while it is not', async () => {
    const { clock, teleport } = start({
      ...watched,
      intervals: { sweepMs: 20_000, watchedSweepMs: 600_000 },
    });
    await clock.advance(10_000);
    const before = teleport.lists;
    await clock.advance(100_000);
    expect(teleport.lists).toBe(before);
    Object.assign(teleport, { watch: () => failing() });
    teleport.tell(new TeleportError('unreachable', 'The stream is lost.'));
    await clock.advance(100_000);
    expect(teleport.lists - before).toBeGreaterThanOrEqual(4);
  });

  it('listens again after the stream was lost, and looks for what happened meanwhile', async () => {
    const { clock, teleport } = start(watched);
    await clock.advance(10_000);
    teleport.tell(new TeleportError('unreachable', 'The stream is lost.'));
    teleport.remove(NAME, 0);
    await clock.advance(2_000);
    expect(teleport.names()).toEqual([NAME]);
  });

  it('does not fight without end with somebody who undoes its work, and says so', async () => {
    const { clock, teleport, loop } = start(watched);
    await clock.advance(10_000);
    const before = teleport.history.length;
    for (let round = 0; round < 60; round += 1) {
      const now = teleport.backend.get(NAME);
      if (now?.uri === '127.0.0.1:6000') teleport.put(registration('a', 6000, { uri: '10.9.9.9:1' }), 10);
      await clock.advance(1_000);
    }
    expect(teleport.history.length - before).toBeLessThan(12);
    expect(readiness(loop.status).sentence).toContain('again and again');
  });

  it('does not take a clone that moves again and again for a quarrel', async () => {
    const { clock, teleport, engine, loop } = start({ ...watched, intervals: { pollMs: 1_000 } });
    await clock.advance(10_000);
    for (const port of [6001, 6002, 6003, 6004, 6005]) {
      engine.clones = [clone('a', port)];
      await clock.advance(3_000);
    }
    expect(teleport.names()).toEqual(['db/dblab-clone-prod-a-6005']);
    expect(readiness(loop.status).sentence).toBe('In step: 1 clone registered.');
  });

  it('says which registrations no agent serves, once it had time to', async () => {
    const { clock, loop } = start(watched);
    await clock.advance(20_000);
    expect(readiness(loop.status).sentence).toBe('In step: 1 clone registered.');
    await clock.advance(15_000);
    expect(readiness(loop.status).sentence).toMatch(
      /No agent serves "dblab-clone-prod-a-6000".*environment: "prod"/,
    );
    loop.told({ kind: 'serving', of: 'db', name: 'dblab-clone-prod-a-6000', host: 'h1', hostId: '1' });
    expect(readiness(loop.status).sentence).toBe('In step: 1 clone registered.');
  });

  it('says when agents of two hosts serve a clone of this one', async () => {
    const { clock, loop } = start(watched);
    await clock.advance(1_000);
    for (const [host, hostId] of [
      ['h1', '1'],
      ['h2', '2'],
    ] as const) {
      loop.told({ kind: 'serving', of: 'db', name: 'dblab-clone-prod-a-6000', host, hostId });
    }
    expect(readiness(loop.status).sentence).toMatch(/"h1", "h2".*wrong host/);
    loop.told({ kind: 'not-serving', of: 'db', name: 'dblab-clone-prod-a-6000', hostId: '2' });
    expect(readiness(loop.status).sentence).toBe('In step: 1 clone registered.');
  });
});

// biome-ignore lint/correctness/useYield: a stream that cannot even be opened.
async function* failing(): AsyncGenerator<never> {
  throw new TeleportError('unreachable', 'Teleport is down.');
}

describe('what must not wait', () => {
  it('a change that ends somebody being led to the wrong clone is tried in every look, though it failed before', async () => {
    const { clock, teleport, engine, loop } = start({ clones: [A], actual: [registration('a', 6000)] });
    await clock.advance(5_000);
    teleport.refuse = () => 'rule-denied';
    engine.clones = [clone('b', 6000)];
    loop.hint({ event: 'create', cloneId: 'b' });
    await clock.advance(1_000);
    const tried = teleport.history.length;
    loop.hint({ event: 'create', cloneId: 'b' });
    await clock.advance(1_000);
    expect(teleport.history.slice(tried).map(({ change }) => change.action)).toEqual(['delete']);
  });

  it('a defect ends the loop instead of being tried for ever', async () => {
    const { clock, teleport, ended } = start({ clones: [A] });
    teleport.duringList = () => {
      throw new TypeError('a defect');
    };
    const outcome = ended.catch((error: unknown) => error);
    await clock.advance(2_000);
    expect(await outcome).toBeInstanceOf(TypeError);
  });

  it('a defect in reading the Engine ends it too', async () => {
    const { clock, engine, ended } = start({ clones: [A] });
    await clock.advance(5_000);
    Object.defineProperty(engine, 'down', {
      get() {
        throw new TypeError('a defect');
      },
    });
    const outcome = ended.catch((error: unknown) => error);
    await clock.advance(20_000);
    expect(await outcome).toBeInstanceOf(TypeError);
  });
});

describe('the Engine alone', () => {
  it('that lists the same clones in another order is no reason to read Teleport', async () => {
    const { clock, teleport, engine } = start({ clones: [clone('b', 6001), A, clone('c', 6002)] });
    await clock.advance(5_000);
    const { lists } = teleport;
    for (const clones of [
      [A, clone('b', 6001), clone('c', 6002)],
      [clone('c', 6002), clone('b', 6001), A],
    ]) {
      engine.clones = clones;
      await clock.advance(15_000);
    }
    expect([teleport.lists - lists, engine.readings]).toEqual([0, 4]);
  });

  it('that cannot be read between two looks is told of, and removes nothing', async () => {
    const { clock, teleport, engine, loop } = start({ clones: [A] });
    await clock.advance(5_000);
    engine.down = true;
    await clock.advance(15_000);
    expect(readiness(loop.status)).toEqual({ ready: false, sentence: 'The Engine is down.' });
    expect(teleport.names()).toEqual([NAME]);
  });
});
