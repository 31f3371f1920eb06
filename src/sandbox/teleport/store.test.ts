import { describe, expect, it } from 'vitest';
import { FakeClock } from '../../testing/fake-clock.ts';
import type { Draft } from './document.ts';
import { keepPace } from './pace.ts';
import { parseDocument } from './rules.ts';
import type { ViewName } from './store.ts';
import { Store } from './store.ts';

function draft(name: string, over: { port?: number; expires?: string } = {}): Draft {
  const { port = 6000, expires } = over;
  return parseDocument({
    kind: 'db',
    metadata: { name, ...(expires === undefined ? {} : { expires }) },
    spec: { protocol: 'postgres', uri: `127.0.0.1:${port}` },
  });
}

function newStore(cacheLag = { minMs: 300, maxMs: 1000 }) {
  const clock = new FakeClock();
  const store = new Store({ clock, version: '18.0.0', cacheLag, agentDelayMs: 1000 });
  const shows = (view: ViewName) => store.list(view, 'db').map(({ metadata }) => metadata.name);
  return { clock, store, shows };
}

describe('the three views of the store', () => {
  it.each([
    { after: 0, backend: ['a'], cache: [], agents: [] },
    { after: 299, backend: ['a'], cache: [], agents: [] },
    { after: 300, backend: ['a'], cache: ['a'], agents: [] },
    { after: 1299, backend: ['a'], cache: ['a'], agents: [] },
    { after: 1300, backend: ['a'], cache: ['a'], agents: ['a'] },
  ])('show a new database to those who may know of it after $after ms', async ({ after, ...wants }) => {
    const { clock, store, shows } = newStore();
    store.put(draft('a'), 'alice');
    await clock.advance(after);
    expect({ backend: shows('backend'), cache: shows('cache'), agents: shows('agents') }).toEqual(wants);
  });

  it.each([
    { after: 0, backend: [], cache: ['a'], agents: ['a'] },
    { after: 300, backend: [], cache: [], agents: ['a'] },
    { after: 1300, backend: [], cache: [], agents: [] },
  ])('show a removal as late, here after $after ms', async ({ after, ...wants }) => {
    const { clock, store, shows } = newStore();
    store.put(draft('a'), 'alice');
    await clock.advance(5000);
    store.remove('db', 'a', 'alice');
    await clock.advance(after);
    expect({ backend: shows('backend'), cache: shows('cache'), agents: shows('agents') }).toEqual(wants);
  });

  it('show an update as the old document until the lag is over', async () => {
    const { clock, store } = newStore();
    store.put(draft('a'), 'alice');
    await clock.advance(5000);
    store.put(draft('a', { port: 6001 }), 'alice');
    expect(store.get('cache', 'db', 'a')?.spec.uri).toBe('127.0.0.1:6000');
    expect(store.get('backend', 'db', 'a')?.spec.uri).toBe('127.0.0.1:6001');
    await clock.advance(300);
    expect(store.get('cache', 'db', 'a')?.spec.uri).toBe('127.0.0.1:6001');
  });

  it('never show a later write before an earlier one', async () => {
    const { clock, store, shows } = newStore({ minMs: 900, maxMs: 900 });
    store.put(draft('slow'), 'alice');
    store.setCacheLag({ minMs: 100, maxMs: 1000 });
    store.put(draft('quick'), 'alice');
    await clock.advance(899);
    expect(shows('cache')).toEqual([]);
    await clock.advance(1);
    expect(shows('cache')).toEqual(['quick', 'slow']);
  });

  it('agree at once when there is no lag, also on what was still on its way', () => {
    const { store, shows } = newStore();
    store.put(draft('a'), 'alice');
    store.setCacheLag({ minMs: 0, maxMs: 0 });
    store.put(draft('b'), 'alice');
    expect(shows('cache')).toEqual(['a', 'b']);
  });
});

describe('the history of the store', () => {
  it('holds every write with its action and its author', () => {
    const { store } = newStore();
    store.put(draft('a'), 'alice');
    store.put(draft('a', { port: 6001 }), 'bob');
    expect(store.remove('db', 'a', 'carol')).toBe(true);
    expect(store.remove('db', 'a', 'carol')).toBe(false);
    expect(store.history().map(({ action, name, user }) => `${user} ${action} ${name}`)).toEqual([
      'alice create a',
      'bob update a',
      'carol delete a',
    ]);
  });

  it('gives a document a new revision at each write', () => {
    const { store } = newStore();
    store.put(draft('a'), 'alice');
    store.put(draft('a'), 'alice');
    const revisions = store.history().map(({ document }) => document?.metadata.revision);
    expect(new Set(revisions).size).toBe(2);
  });

  it('tells its listeners of a write when each view shows it, without anybody asking', async () => {
    const { clock, store } = newStore();
    const stop = new AbortController();
    const pacing = keepPace(store, clock, stop.signal);
    const heard: string[] = [];
    const unsubscribe = store.onChange((write, view) => heard.push(`${view} ${write.action} ${write.name}`));
    store.put(draft('a'), 'alice');
    expect(heard).toEqual(['backend create a']);
    await clock.advance(300);
    expect(heard).toEqual(['backend create a', 'cache create a']);
    await clock.advance(1000);
    expect(heard).toEqual(['backend create a', 'cache create a', 'agents create a']);
    unsubscribe();
    store.put(draft('b'), 'alice');
    expect(heard).toHaveLength(3);
    stop.abort();
    await pacing;
  });
});

describe('a document with an expiry', () => {
  const inSeconds = (clock: FakeClock, seconds: number) =>
    new Date(clock.now() + seconds * 1000).toISOString();

  it('vanishes from the backend at that time and from lists after their lag', async () => {
    const { clock, store, shows } = newStore();
    store.put(draft('a', { expires: inSeconds(clock, 60) }), 'alice');
    await clock.advance(59_999);
    expect(shows('backend')).toEqual(['a']);
    await clock.advance(1);
    expect([shows('backend'), shows('cache')]).toEqual([[], ['a']]);
    await clock.advance(300);
    expect(shows('cache')).toEqual([]);
    expect(store.history().map(({ action }) => action)).toEqual(['create', 'expire']);
  });

  it.each([
    { renewal: 120, wants: ['a'] },
    { renewal: undefined, wants: ['a'] },
    { renewal: 30, wants: [] },
  ])('lives by what the last write said, here $renewal s', async ({ renewal, wants }) => {
    const { clock, store, shows } = newStore();
    store.put(draft('a', { expires: inSeconds(clock, 60) }), 'alice');
    store.put(draft('a', renewal === undefined ? {} : { expires: inSeconds(clock, renewal) }), 'alice');
    await clock.advance(60_000);
    expect(shows('backend')).toEqual(wants);
  });

  it('is taken although it lies in the past, and is gone at once', () => {
    const { clock, store, shows } = newStore();
    store.put(draft('a', { expires: inSeconds(clock, -1) }), 'alice');
    expect(shows('backend')).toEqual([]);
  });
});
