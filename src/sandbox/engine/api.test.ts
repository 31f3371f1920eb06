import { afterEach, describe, expect, test } from 'vitest';
import { openEngine } from '../../engine/client.ts';
import { Secret } from '../../lib/secret.ts';
import { FakeClock } from '../../testing/fake-clock.ts';
import { type SandboxEngine, type SandboxEngineOptions, startSandboxEngine } from './engine.ts';

const releases: (() => unknown)[] = [];
afterEach(async () => {
  for (const release of releases.splice(0).reverse()) await release();
});

const TOKEN = 'the-token';

async function start(options: SandboxEngineOptions = {}): Promise<SandboxEngine> {
  const engine = await startSandboxEngine({ token: new Secret(TOKEN), workMs: 1, ...options });
  releases.push(() => engine.close());
  return engine;
}

async function ask(engine: SandboxEngine, line: string, body?: unknown, headers: object = {}) {
  const [method = '', path = ''] = line.split(' ');
  const response = await fetch(engine.url + path, {
    method,
    headers: { 'Verification-Token': TOKEN, ...headers },
    redirect: 'manual',
    ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  });
  const text = await response.text();
  return { status: response.status, type: response.headers.get('content-type'), text, response };
}

const order = (change: object = {}) => ({
  id: 'c1',
  db: { username: 'testuser', password: 'secret_password', db_name: 'postgres' },
  ...change,
});

/** An error as the Engine prints it. */
const refusal = (code: string, message: string) => JSON.stringify({ code, message }, null, 2);

describe('requests', () => {
  test.each([
    ['POST /status', 405, ''],
    ['PATCH /clones', 405, ''],
    ['OPTIONS /status', 405, ''],
    ['DELETE /nothing', 405, ''],
    ['GET /nothing', 404, '404 page not found\n'],
    ['GET /clone', 404, '404 page not found\n'],
    ['GET /clone/', 404, '404 page not found\n'],
    ['GET /clone/c1/reset', 404, '404 page not found\n'],
  ])('%s: %i', async (line, status, text) => {
    expect(await ask(await start(), line)).toMatchObject({ status, text });
  });

  test('HEAD is not known', async () => {
    expect((await ask(await start(), 'HEAD /status')).status).toBe(405);
  });

  test('a trailing slash is redirected', async () => {
    const { status, response } = await ask(await start(), 'GET /status/');
    expect([status, response.headers.get('location')]).toEqual([301, '/status']);
  });

  test('a wrong or missing token is 401, on known paths only', async () => {
    const engine = await start();
    const want = { status: 401, text: refusal('UNAUTHORIZED', 'Check your verification token.') };
    expect(await ask(engine, 'GET /status', undefined, { 'Verification-Token': 'x' })).toMatchObject(want);
    expect(await ask(engine, 'DELETE /clone/x', undefined, { 'Verification-Token': '' })).toMatchObject(want);
    expect(await ask(engine, 'GET /x', undefined, { 'Verification-Token': '' })).toMatchObject({
      status: 404,
    });
  });

  test('an empty token on the server lets everybody in', async () => {
    const engine = await start({ token: new Secret('') });
    expect((await ask(engine, 'GET /status', undefined, { 'Verification-Token': 'x' })).status).toBe(200);
  });

  test('/healthz needs no token and is compact', async () => {
    const engine = await start({ edition: 'enterprise', version: 'v9' });
    const want = '{"version":"v9","edition":"enterprise","instanceID":"d0abcdefghij0123456g"}\n';
    for (const line of ['GET /healthz', 'POST /healthz']) {
      expect((await ask(engine, line, undefined, { 'Verification-Token': '' })).text).toBe(want);
    }
  });

  test('JSON is printed with two spaces', async () => {
    const { type, text } = await ask(await start(), 'GET /status');
    expect(type).toBe('application/json; charset=utf-8');
    expect(text).toBe(JSON.stringify(JSON.parse(text), null, 2));
  });
});

describe('creating a clone', () => {
  test.each([
    ['no JSON', '{', 400, /^.+$/],
    ['the wrong type', order({ protected: 'yes' }), 400, /^json: cannot unmarshal protected/],
    ['null', 'null', 400, /./],
    ['no db', { id: 'c1' }, 400, 'missing both DB username and password'],
    ['no user', { db: {} }, 400, 'missing DB username'],
    ['no password', { db: { username: 'u' } }, 400, 'missing DB password'],
    ['an id with a leading underscore', order({ id: '_c' }), 400, /^clone ID must start with/],
    ['a weak password', { db: { username: 'u', password: '12345' } }, 400, /^password validation: insecure/],
    ['an unknown branch', order({ branch: 'x' }), 400, 'failed to found dataset of the branch: x'],
    ['an unknown snapshot', order({ snapshot: { id: 'x@y' } }), 500, 'no snapshot found'],
  ])('with %s is refused', async (_, body, status, message) => {
    const engine = await start();
    const answer = await ask(engine, 'POST /clone', body);
    expect(answer.status).toBe(status);
    expect(JSON.parse(answer.text)).toEqual({
      code: status === 400 ? 'BAD_REQUEST' : 'INTERNAL_ERROR',
      message: expect.stringMatching(message),
    });
    expect(engine.clones()).toEqual([]);
  });

  test('is checked in the order of the Engine', async () => {
    const engine = await start();
    const body = { id: '_', branch: 'x', db: { username: '', password: '' } };
    const complaint = async (fix: object) =>
      JSON.parse((await ask(engine, 'POST /clone', Object.assign(body, fix))).text).message;
    expect(await complaint({})).toBe('missing DB username');
    expect(await complaint({ db: { username: 'u' } })).toBe('missing DB password');
    expect(await complaint({ db: { username: 'u', password: '1' } })).toMatch(/^clone ID/);
    expect(await complaint({ id: 'c1' })).toMatch(/^password validation/);
    expect(await complaint(order())).toMatch(/^failed to found/);
    expect(await complaint({ branch: 'main' })).toBeUndefined();
    expect(await complaint({})).toBe('clone with ID "c1" already exists');
  });

  test('answers 201 at once, with a clone that has no port yet', async () => {
    const answer = await ask(await start({ workMs: 60_000 }), 'POST /clone', order());
    expect(answer.status).toBe(201);
    expect(JSON.parse(answer.text)).toMatchObject({
      id: 'c1',
      branch: 'main',
      status: { code: 'CREATING', message: 'Clone is being created.' },
      db: { connStr: '', host: '', port: '', username: 'testuser', password: '', dbName: 'postgres' },
      metadata: { cloneDiffSize: 0, logicalSize: 0, cloningTime: 0, maxIdleMinutes: 0 },
    });
  });

  test('makes up an id of 20 characters where none is given', async () => {
    const { text } = await ask(await start(), 'POST /clone', order({ id: '' }));
    expect(JSON.parse(text).id).toMatch(/^[0-9a-v]{20}$/);
  });

  test('takes keys in any case and ignores those it does not know, as Go does', async () => {
    const db = { UserName: 'u', PASSWORD: 'secret_password', DB_NAME: 'd' };
    const { status, text } = await ask(await start(), 'POST /clone', { ID: 'C', Db: db, other: [] });
    expect(status).toBe(201);
    expect(JSON.parse(text)).toMatchObject({ id: 'C', db: { username: 'u', dbName: 'd' } });
  });

  test.each([
    ['jsmith@acme.io', 'jsmith@acme.io'],
    ['j+s@acme.io', undefined],
    ['', undefined],
  ])('binds the clone to the user %j as %j', async (email, owner) => {
    const engine = await start({ bindClonesToUser: true });
    const headers = { 'X-Forwarded-User-Email': email };
    expect(JSON.parse((await ask(engine, 'POST /clone', order(), headers)).text).db.ownerUser).toBe(owner);
  });

  test.each([
    ['unless asked to', {}],
    ['where everybody is let in', { bindClonesToUser: true, token: new Secret('') }],
  ])('binds no clone to anybody %s', async (_, options) => {
    const headers = { 'X-Forwarded-User-Email': 'a@b.c' };
    const { text } = await ask(await start(options), 'POST /clone', order(), headers);
    expect(text).not.toContain('ownerUser');
  });
});

describe('a ready clone', () => {
  async function ready(change: object = {}) {
    const clock = new FakeClock();
    const engine = await start({ clock, workMs: 0 });
    await ask(engine, 'POST /clone', order(change));
    await clock.advance(1500);
    await engine.settled('c1');
    return { engine, clock };
  }

  test('is shown with its port as a string', async () => {
    const { engine } = await ready();
    expect(JSON.parse((await ask(engine, 'GET /clone/c1')).text)).toMatchObject({
      createdAt: '1970-01-01T00:16:40Z',
      protected: false,
      deleteAt: null,
      status: { code: 'OK', message: 'Clone is ready to accept Postgres connections.' },
      db: {
        connStr: 'host=localhost port=6000 user=testuser dbname=postgres',
        host: 'localhost',
        port: '6000',
      },
      snapshot: { id: 'dblab_pool@snapshot_19700101001640', pool: 'dblab_pool', numClones: 1 },
    });
  });

  test('is the same object in /clone/ID, /clones and /status', async () => {
    const { engine } = await ready();
    const clone = JSON.parse((await ask(engine, 'GET /clone/c1')).text);
    expect(JSON.parse((await ask(engine, 'GET /clones')).text)).toEqual([clone]);
    expect(JSON.parse((await ask(engine, 'GET /status')).text).cloning).toMatchObject({
      numClones: 1,
      clones: [clone],
    });
  });

  test('is protected by PATCH for the lease, for minutes, or as long as is allowed', async () => {
    const { engine } = await ready();
    const till = async (body: object) =>
      JSON.parse((await ask(engine, 'PATCH /clone/c1', body)).text).protectedTill;
    expect(await till({ protected: true })).toBe('1970-01-02T00:16:41Z');
    expect(await till({ protected: true, protectionDurationMinutes: 2 })).toBe('1970-01-01T00:18:41Z');
    expect(await till({ protected: true, protectionDurationMinutes: 0 })).toBe('1970-01-08T00:16:41Z');
    expect(await till({})).toBeUndefined();
    expect(engine.clones()[0]?.protected).toBe(false);
  });

  test('is not destroyed while it is protected, until the protection ends', async () => {
    const { engine, clock } = await ready({ protected: true, protectionDurationMinutes: 10 });
    const refused = { status: 500, text: refusal('INTERNAL_ERROR', 'clone is protected') };
    expect(await ask(engine, 'DELETE /clone/c1')).toMatchObject(refused);
    await clock.advance(10 * 60_000);
    expect(await ask(engine, 'DELETE /clone/c1')).toMatchObject({ status: 200, text: '', type: null });
  });

  test('is destroyed in the background', async () => {
    const { engine, clock } = await ready();
    await ask(engine, 'DELETE /clone/c1');
    expect(JSON.parse((await ask(engine, 'GET /clone/c1')).text)).toMatchObject({
      status: { code: 'DELETING', message: 'Clone is being deleted.' },
      db: { port: '6000' },
    });
    await clock.advance(1);
    expect((await ask(engine, 'GET /clone/c1')).status).toBe(404);
  });

  test('is reset in the background, and answers with nothing', async () => {
    const { engine, clock } = await ready();
    expect(await ask(engine, 'POST /clone/c1/reset')).toMatchObject({ status: 200, text: '', type: null });
    expect(engine.clones()[0]?.status.code).toBe('RESETTING');
    await clock.advance(1);
    expect(engine.clones()[0]).toMatchObject({ status: { code: 'OK' }, db: { port: '6000' } });
    const both = await ask(engine, 'POST /clone/c1/reset', { latest: true, snapshotID: 'x' });
    expect(both.status).toBe(400);
  });
});

describe('an unknown clone', () => {
  test.each([
    ['GET /clone/x', 404, 'NOT_FOUND', 'Requested object does not exist. Specify your request.'],
    ['PATCH /clone/x', 500, 'INTERNAL_ERROR', 'clone not found'],
    ['DELETE /clone/x', 500, 'INTERNAL_ERROR', 'clone not found'],
    ['POST /clone/x/reset', 500, 'INTERNAL_ERROR', 'the clone not found'],
  ])('%s: %i, as in the real one', async (line, status, code, message) => {
    const body = line.startsWith('PATCH') ? {} : undefined;
    expect(await ask(await start(), line, body)).toMatchObject({ status, text: refusal(code, message) });
  });
});

test('snapshots and branches tell of the one there is', async () => {
  const engine = await start({ clock: new FakeClock() });
  const snapshotID = 'dblab_pool@snapshot_19700101001640';
  expect(JSON.parse((await ask(engine, 'GET /snapshots')).text)).toMatchObject([{ id: snapshotID }]);
  expect(JSON.parse((await ask(engine, 'GET /branches')).text)).toMatchObject([{ name: 'main', snapshotID }]);
});

describe('faults', () => {
  const look = (engine: SandboxEngine) => {
    const client = openEngine({ url: engine.url, token: new Secret(TOKEN), timeoutMs: 2000 });
    releases.push(() => client.close());
    return client.look(new AbortController().signal);
  };

  test.each([
    ['error-500', 'server-error'],
    ['html', 'not-an-engine'],
    ['cut-off', 'unreachable'],
    ['unauthorized', 'unauthorized'],
  ] as const)('%s is felt as %s', async (fault, code) => {
    const engine = await start();
    engine.faults.answers = fault;
    await expect(look(engine)).rejects.toMatchObject({ code });
    engine.faults.answers = 'ok';
    await expect(look(engine)).resolves.toMatchObject({ edition: 'standard' });
  });

  test('empty-clones hides them from a healthy answer', async () => {
    const engine = await start();
    engine.create({ id: 'c1' });
    await engine.settled('c1');
    engine.faults.answers = 'empty-clones';
    expect((await look(engine)).clones).toEqual([]);
    engine.faults.answers = 'ok';
    expect((await look(engine)).clones).toHaveLength(1);
  });

  test('slow answers come late, and hanging ones never', async () => {
    const clock = new FakeClock();
    const engine = await start({ clock });
    engine.faults.answers = { slowMs: 1000 };
    let answered = false;
    const slow = look(engine).then(() => {
      answered = true;
    });
    await clock.advance(900);
    expect(answered).toBe(false);
    await expect.poll(() => clock.advance(1000).then(() => answered)).toBe(true);
    await slow;
    engine.faults.answers = 'hang';
    const client = openEngine({ url: engine.url, token: new Secret(TOKEN), timeoutMs: 50 });
    await expect(client.look(new AbortController().signal)).rejects.toMatchObject({ code: 'timeout' });
  });
});

describe('stop and start', () => {
  test('the port closes and opens again, and the clones stay', async () => {
    const engine = await start();
    engine.create({ id: 'c1' });
    await engine.settled('c1');
    await engine.stop();
    await expect(ask(engine, 'GET /status')).rejects.toThrow();
    await engine.start();
    expect(JSON.parse((await ask(engine, 'GET /clones')).text)).toMatchObject([{ id: 'c1' }]);
  });

  test('a port that is taken is an error', async () => {
    const engine = await start();
    await expect(startSandboxEngine({ port: engine.port })).rejects.toThrow('EADDRINUSE');
  });

  test('closing does not wait for clones that take long', async () => {
    const engine = await start({ workMs: 3_600_000 });
    engine.create();
    await engine.close();
  });
});
