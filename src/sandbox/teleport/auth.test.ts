import { describe, expect, it } from 'vitest';
import { FakeClock } from '../../testing/fake-clock.ts';
import { noCounts, Session } from './auth.ts';
import type { TeleportVersion } from './document.ts';
import { presetRoles } from './role.ts';
import { parseDocument } from './rules.ts';
import { Store } from './store.ts';

const draft = (name: string, labels: Record<string, string> = {}) =>
  parseDocument({ kind: 'db', metadata: { name, labels }, spec: { protocol: 'postgres', uri: 'h:1' } });
const appDraft = parseDocument({ kind: 'app', metadata: { name: 'a' }, spec: { uri: 'h:1' } });

function newSession(version: TeleportVersion = '18.0.0') {
  const clock = new FakeClock();
  const store = new Store({ clock, version, cacheLag: { minMs: 500, maxMs: 500 }, agentDelayMs: 0 });
  const roles = presetRoles();
  const cluster = { version, store, roles, users: new Map(), agents: new Map(), counters: noCounts() };
  return { clock, store, roles, session: new Session(cluster, { name: 'bot', roles: ['dblab-bot'] }) };
}

const refusal = (code: string, message: string) => expect.objectContaining({ code, message });

describe('Auth inside the lag window', () => {
  it('knows at once that a name is taken', () => {
    const { session } = newSession();
    session.create(draft('a'));
    expect(() => session.create(draft('a'))).toThrowError(refusal('exists', 'database "a" already exists'));
  });

  it('does not find what was just created, and leaves it there', async () => {
    const { clock, session, store } = newSession();
    session.create(draft('a'));
    await clock.advance(499);
    const unseen = refusal('not-found', '"db" "a" does not exist');
    expect(() => session.remove('db', 'a')).toThrowError(unseen);
    expect(() => session.update(draft('a'))).toThrowError(unseen);
    expect(() => session.get('db', 'a')).toThrowError(unseen);
    expect(store.get('backend', 'db', 'a')).toBeDefined();
    await clock.advance(1);
    session.remove('db', 'a');
    expect(store.get('backend', 'db', 'a')).toBeUndefined();
  });

  it('creates again what was just removed', async () => {
    const { clock, session } = newSession();
    session.create(draft('a'));
    await clock.advance(500);
    session.remove('db', 'a');
    session.create(draft('a'));
    expect(session.list('db')).toHaveLength(1);
  });

  it.each([
    { version: '18.0.0', update: 'database "a" doesn\'t exist', removal: 'app "a" doesn\'t exist' },
    { version: '15.1.4', update: 'key /db/a is not found', removal: 'application "a" doesn\'t exist' },
  ] as const)('finds in $version that what it still shows is gone', async ({ version, update, removal }) => {
    const { clock, session } = newSession(version);
    session.create(draft('a'));
    session.create(appDraft);
    await clock.advance(500);
    session.remove('db', 'a');
    session.remove('app', 'a');
    expect(() => session.update(draft('a'))).toThrowError(refusal('not-found', update));
    expect(() => session.remove('app', 'a')).toThrowError(refusal('not-found', removal));
  });
});

describe('Auth on an update', () => {
  it('wants the role to cover the new labels as well as the old', async () => {
    const { clock, roles, session, store } = newSession();
    roles.set('dblab-bot', {
      dbLabels: { dblab: ['true'] },
      appLabels: {},
      rules: [{ resources: ['db'], verbs: ['*'] }],
    });
    session.create(draft('a', { dblab: 'true' }));
    await clock.advance(500);
    const denied = expect.objectContaining({ code: 'denied' });
    expect(() => session.update(draft('a', { dblab: 'no' }))).toThrowError(denied);
    store.put(draft('b', { dblab: 'no' }), 'stranger');
    await clock.advance(500);
    expect(() => session.update(draft('b', { dblab: 'true' }))).toThrowError(denied);
    expect(store.history().map(({ action }) => action)).toEqual(['create', 'create']);
  });

  it('replaces the whole document, so that what is left out goes', async () => {
    const { clock, session } = newSession();
    const expires = new Date(clock.now() + 60_000).toISOString();
    const first = draft('a', { team: 'x' });
    session.create({ ...first, metadata: { ...first.metadata, description: 'old', expires } });
    await clock.advance(500);
    session.update(draft('a', { dblab: 'true' }));
    await clock.advance(500);
    expect(session.get('db', 'a').metadata).toEqual({
      name: 'a',
      labels: { dblab: 'true', 'teleport.dev/origin': 'dynamic' },
      revision: expect.any(String),
    });
  });

  it('looks up the roles anew at each call', () => {
    const { roles, session } = newSession();
    roles.delete('dblab-bot');
    expect(() => session.create(draft('a'))).toThrowError(
      refusal('denied', 'access denied to perform action "create" on "db"'),
    );
  });
});
