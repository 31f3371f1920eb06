import { once } from 'node:events';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { systemClock } from '../../lib/clock.ts';
import { FakeClock } from '../../testing/fake-clock.ts';
import { type SandboxEngine, type SandboxEngineOptions, startSandboxEngine } from './engine.ts';

const FIRST = 'dblab_pool@snapshot_20260401000000';
const DEV = 'dblab_pool/branch/dev@20260401000000';
const COMMIT = 'dblab_pool/branch/main/c1/r0@20260401000000';

const releases: (() => unknown)[] = [];
afterEach(async () => {
  for (const release of releases.splice(0).reverse()) await release();
});

async function start(options: SandboxEngineOptions = {}): Promise<SandboxEngine> {
  const clock = { ...systemClock, now: () => Date.UTC(2026, 3, 1) };
  const engine = await startSandboxEngine({ clock, workMs: 1, ...options });
  releases.push(() => engine.close());
  return engine;
}

/** Node's `fetch` would tidy the path; the Engine takes it as it comes. */
async function ask(engine: SandboxEngine, line: string, body = '') {
  const [method = '', path = ''] = line.split(' ');
  const request = http.request({ port: engine.port, host: '127.0.0.1', method, path, agent: false });
  request.end(body);
  const [response] = await once(request, 'response');
  let text = '';
  for await (const chunk of response) text += chunk;
  return { status: response.statusCode, type: response.headers['content-type'], text };
}

async function read(engine: SandboxEngine, line: string, body?: string) {
  const { status, text } = await ask(engine, line, body);
  expect([status, text]).toEqual([200, expect.any(String)]);
  return JSON.parse(text);
}

const refusal = (message: string) => JSON.stringify({ code: 'BAD_REQUEST', message }, null, 2);

let engine: SandboxEngine;

/** A clone `c1` on `main`, a commit of it, and a branch `dev` made before that. */
beforeEach(async () => {
  engine = await start();
  engine.create({ id: 'c1' });
  await engine.settled('c1');
  await read(engine, 'POST /branch', '{"branchName":"dev","baseBranch":"main"}');
  await read(engine, 'POST /branch/snapshot', '{"cloneID":"c1","message":"indexed"}');
});

describe('paths', () => {
  test.each([
    ['GET /snapshot', 404, '404 page not found\n'],
    ['GET /branch', 404, '404 page not found\n'],
    ['GET /full-refresh', 404, '404 page not found\n'],
    ['GET /branch/dev', 404, '404 page not found\n'],
    ['DELETE /snapshots', 405, ''],
    ['POST /branches', 405, ''],
    ['PUT /snapshot/x@1', 405, ''],
    ['POST /branch/dev/log', 405, ''],
    ['POST /instance/retrieval', 405, ''],
    ['GET /snapshot/', 400, refusal('snapshotID must not be empty')],
    [`GET /snapshot/${FIRST.replace('@', '%40')}`, 400, refusal('no snapshot found')],
    [`GET /snapshot/${COMMIT.replaceAll('/', '%2F')}`, 400, refusal('no snapshot found')],
  ])('%s: %i', async (line, status, text) => {
    expect(await ask(engine, line)).toMatchObject({ status, text });
  });

  test('a token is asked for', async () => {
    const { Secret } = await import('../../lib/secret.ts');
    const guarded = await start({ token: new Secret('x') });
    for (const line of ['GET /snapshots', 'POST /full-refresh', 'DELETE /branch/dev']) {
      expect((await ask(guarded, line)).status).toBe(401);
    }
  });
});

describe('snapshots', () => {
  const ids = async (query: string) =>
    (await read(engine, `GET /snapshots${query}`)).map(({ id }: { id: string }) => id);

  test('are listed newest first, by branch and by pool', async () => {
    expect(await ids('')).toEqual([COMMIT, DEV, FIRST]);
    expect(await ids('?branch=dev')).toEqual([DEV]);
    expect(await ids('?branch=main&dataset=dblab_pool')).toEqual([COMMIT, FIRST]);
    expect(await ids('?dataset=dblab_spare')).toEqual([]);
  });

  test.each([
    ['?branch=x', 'failed to found dataset of the branch: x'],
    ['?branch=dev&dataset=x', 'failed to find dataset x of the branch: dev'],
  ])('%s is refused', async (query, message) => {
    expect(await ask(engine, `GET /snapshots${query}`)).toMatchObject({
      status: 400,
      text: refusal(message),
    });
  });

  test('tell their clones', async () => {
    expect(await read(engine, `GET /snapshot/${FIRST}`)).toEqual({
      id: FIRST,
      createdAt: '2026-04-01T00:00:00Z',
      dataStateAt: '2026-04-01T00:00:00Z',
      physicalSize: 20_480,
      logicalSize: 1_073_741_824,
      pool: 'dblab_pool',
      numClones: 1,
      clones: ['c1'],
      branch: 'main',
      message: '',
      protected: false,
    });
  });

  test('of a pool are told as the storage has them', async () => {
    expect(await read(engine, 'POST /snapshot')).toEqual({
      id: 'dblab_pool@snapshot_20260401000001',
      createdAt: '2026-04-01T00:00:01Z',
      dataStateAt: '2026-04-01T00:00:01Z',
      used: 0,
      logicalReferenced: 1_073_741_824,
      pool: 'dblab_pool',
      branch: 'main',
      message: '',
    });
  });

  test('are protected for a time or for ever, or meant to go', async () => {
    const patch = async (body: object) => {
      const {
        protected: on,
        protectedTill,
        deleteAt,
      } = await read(engine, `PATCH /snapshot/${COMMIT}`, JSON.stringify(body));
      return [on, protectedTill, deleteAt];
    };
    expect(await patch({ protected: true, protectionDurationMinutes: 5 })).toEqual([
      true,
      '2026-04-01T00:05:00Z',
      undefined,
    ]);
    expect(await patch({ protected: true })).toEqual([true, undefined, undefined]);
    expect(await ask(engine, `DELETE /snapshot/${COMMIT}?force=true`)).toMatchObject({
      status: 400,
      text: refusal(`snapshot ${COMMIT} is protected`),
    });
    const deleteAt = '2026-05-01T00:00:00Z';
    expect(await patch({ deleteAt })).toEqual([false, undefined, deleteAt]);
    expect(await patch({ protected: false })).toEqual([false, undefined, deleteAt]);
  });

  test.each([
    [`PATCH /snapshot/${FIRST}`, '{}', 'nothing to update: specify protected or deleteAt'],
    [
      `PATCH /snapshot/${FIRST}`,
      '{"protected":true,"deleteAt":"2026-05-01T00:00:00Z"}',
      'cannot enable protection and schedule deletion at the same time',
    ],
    ['PATCH /snapshot/x', '{"protected":true}', 'invalid snapshot ID given: "x"'],
    ['DELETE /snapshot/x;y@1', '', 'invalid snapshot ID given: "x;y@1"'],
    ['DELETE /snapshot/x@1', '', 'pool for requested snapshot (x@1) not found'],
    [`DELETE /snapshot/${FIRST}`, '', 'cannot destroy automatic snapshot in the pool'],
    [`DELETE /snapshot/${DEV}?force=yes`, '', 'invalid value for `force`, must be boolean'],
    ['POST /snapshot/clone', '', 'request body cannot be empty'],
    ['POST /snapshot/clone', '{}', 'cloneID cannot be empty'],
    ['POST /snapshot/clone', '{"cloneID":"x"}', 'clone not found'],
    ['POST /snapshot', '{"poolName":"x"}', 'failed to get "x" FSManager: pool manager not found: x'],
  ])('%s %s is refused', async (line, body, message) => {
    expect(await ask(engine, line, body)).toMatchObject({ status: 400, text: refusal(message) });
  });

  test('with what stands on them go only by force', async () => {
    await read(engine, 'POST /branch', `{"branchName":"next","snapshotID":"${DEV}"}`);
    engine.create({ id: 'c2', branch: 'next' });
    await engine.settled('c2');
    expect(await ask(engine, `DELETE /snapshot/${DEV}`)).toMatchObject({
      status: 400,
      text: refusal(
        `cannot delete snapshot ${DEV} because it has dependent datasets: dblab_pool/branch/next`,
      ),
    });
    expect(await read(engine, `DELETE /snapshot/${DEV}?force=true`)).toEqual({
      status: 'OK',
      message: 'Deleted snapshot',
    });
    await engine.settled('c2');
    expect(engine.clones().map(({ id }) => id)).toEqual(['c1']);
    const branches = await read(engine, 'GET /branches');
    expect(branches.map(({ name }: { name: string }) => name)).toEqual(['main']);
  });

  test('that a branch ended with leave it at the one before', async () => {
    await read(engine, `DELETE /snapshot/${COMMIT}`);
    const log = await read(engine, 'GET /branch/main/log');
    expect(log).toMatchObject([{ id: FIRST, branch: ['main'], child: [DEV] }]);
  });
});

describe('branches', () => {
  test('are told with their newest snapshot and how many there are', async () => {
    expect(await read(engine, 'GET /branches')).toEqual([
      {
        name: 'dev',
        baseDataset: 'dblab_pool',
        parent: 'main',
        dataStateAt: '20260401000000',
        snapshotID: DEV,
        dataset: 'dblab_pool/branch/dev',
        numSnapshots: 2,
        protected: false,
      },
      expect.objectContaining({ name: 'main', parent: '-', snapshotID: COMMIT, numSnapshots: 2 }),
    ]);
  });

  test('have a history back to the first snapshot, and each link can be asked for', async () => {
    const log = await read(engine, 'GET /branch/dev/log');
    expect(log).toEqual([
      {
        id: DEV,
        parent: FIRST,
        child: [],
        branch: ['dev'],
        root: [],
        dataStateAt: '20260401000000',
        message: '-',
        dataset: 'dblab_pool/branch/dev',
        clones: [],
        protected: false,
      },
      expect.objectContaining({ id: FIRST, parent: '-', root: ['dev'] }),
    ]);
    expect(await read(engine, `GET /branch/snapshot/${DEV}`)).toEqual(log[0]);
    expect(await read(engine, `GET /branch/snapshot/${COMMIT}`)).toMatchObject({ message: 'indexed' });
    expect(await ask(engine, 'GET /branch/snapshot/dblab_pool@x')).toMatchObject({ status: 404 });
  });

  test.each([
    ['POST /branch', '{}', 'The branch name must not be empty'],
    [
      'POST /branch',
      '{"branchName":"x","baseBranch":"x"}',
      'new and base branches must have different names',
    ],
    ['POST /branch', '{"branchName":"a/b","baseBranch":"main"}', /^The branch name must start with/],
    ['POST /branch', '{"branchName":"dev","baseBranch":"main"}', "branch 'dev' already exists"],
    ['POST /branch', '{"branchName":"x","baseBranch":"y"}', 'failed to found dataset of the branch: y'],
    ['POST /branch', '{"branchName":"x"}', 'either base branch name or base snapshot ID must be specified'],
    ['POST /branch/snapshot', '{"cloneID":"x"}', 'clone not found'],
    ['GET /branch/x/log', '', 'failed to found dataset of the branch: x'],
    ['GET /branch/a.b/log', '', 'invalid branch name'],
    ['DELETE /branch/main', '', 'cannot delete default branch: main'],
    ['DELETE /branch/x', '', 'failed to found dataset of the branch: x'],
    ['PATCH /branch/x', '{"protected":true}', 'branch not found: x'],
  ])('%s %s is refused', async (line, body, message) => {
    const { status, text } = await ask(engine, line, body);
    expect(status).toBe(400);
    expect(JSON.parse(text).message).toMatch(message);
  });

  test('go unless they are protected, forked from, or cloned', async () => {
    const why = async () => JSON.parse((await ask(engine, 'DELETE /branch/dev')).text).message;
    await read(engine, 'PATCH /branch/dev', '{"protected":true}');
    expect(await why()).toBe('branch dev is protected');
    await read(engine, 'PATCH /branch/dev', '{"protected":false}');
    await read(engine, 'POST /branch', '{"branchName":"next","baseBranch":"dev"}');
    expect(await why()).toMatch(/is the fork point of branch\(es\) next; delete them first$/);
    await read(engine, 'DELETE /branch/next');
    engine.create({ id: 'c2', branch: 'dev' });
    expect(await why()).toBe(`snapshot ${DEV} has a dependent clone`);
    await engine.settled('c2');
    engine.destroy('c2');
    await engine.settled('c2');
    expect(await why()).toBe('Deleted branch');
  });
});

test('clones of a branch, of a snapshot, and reset onto one', async () => {
  expect(engine.create({ id: 'c2', branch: 'dev' })).toMatchObject({ branch: 'dev', snapshot: { id: DEV } });
  expect(engine.create({ id: 'c3', snapshotId: DEV, branch: 'main' })).toMatchObject({ branch: 'dev' });
  await engine.settled('c1');
  expect(await ask(engine, 'POST /clone/c1/reset', '{"snapshotID":"dblab_pool@x"}')).toMatchObject({
    status: 500,
  });
  expect(await ask(engine, 'POST /clone/c1/reset', `{"snapshotID":"${DEV}"}`)).toMatchObject({ status: 200 });
  expect(await engine.settled('c1')).toMatchObject({ snapshot: { id: DEV, numClones: 3 } });
  await ask(engine, 'POST /clone/c1/reset', '{"latest":true}');
  expect(await engine.settled('c1')).toMatchObject({ snapshot: { id: COMMIT } });
});

describe('a full refresh', () => {
  test('fills the spare pool, which then is the active one', async () => {
    const clock = new FakeClock();
    const slow = await start({ clock, workMs: 1000 });
    const at = async () => {
      const { pools, retrieving } = await read(slow, 'GET /status');
      return [
        retrieving.status,
        ...pools.map((pool: { name: string; status: string }) => `${pool.name} ${pool.status}`),
      ];
    };
    expect(await read(slow, 'POST /full-refresh')).toEqual({ status: 'OK', message: 'Full refresh started' });
    expect(await at()).toEqual(['refreshing', 'dblab_pool active', 'dblab_spare refreshing']);
    expect(await read(slow, 'GET /instance/retrieval')).toMatchObject({
      activity: { source: [], target: [] },
    });
    for (const line of ['POST /full-refresh', 'POST /snapshot'])
      expect((await ask(slow, line)).status).toBe(400);
    await clock.advance(1000);
    await expect.poll(at).toEqual(['finished', 'dblab_spare active', 'dblab_pool active']);
    expect(await read(slow, 'GET /instance/retrieval')).toMatchObject({ activity: null });
    expect(slow.create({ id: 'c1' }).snapshot.pool).toBe('dblab_spare');
    const branches = await read(slow, 'GET /branches');
    expect(branches.map(({ name, dataset }: Record<string, string>) => `${name} ${dataset}`)).toEqual([
      'main dblab_spare',
      'main dblab_pool',
    ]);
  });

  test('needs a pool without clones', async () => {
    await read(engine, 'POST /full-refresh');
    await expect.poll(async () => (await read(engine, 'GET /status')).retrieving.status).toBe('finished');
    const { text } = await ask(engine, 'POST /full-refresh');
    expect(JSON.parse(text).message).toBe('Pool to perform full refresh not found. Skip refreshing');
  });

  test('does not hold up a close', async () => {
    const slow = await start({ workMs: 3_600_000 });
    await read(slow, 'POST /full-refresh');
    await slow.close();
  });
});

test('webhooks tell of snapshots and branches by their id', async () => {
  const events: string[] = [];
  const server = http.createServer(async (request, response) => {
    for await (const chunk of request) events.push(String(chunk));
    response.end();
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  releases.push(() => server.close().closeAllConnections());
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  const trigger = ['snapshot_create', 'snapshot_delete', 'branch_create', 'branch_delete'];
  engine.setWebhooks([{ url, secret: '', trigger }]);
  const { id } = await read(engine, 'POST /snapshot');
  await read(engine, 'POST /branch', '{"branchName":"x","baseBranch":"main"}');
  await read(engine, 'DELETE /branch/x');
  await read(engine, `DELETE /snapshot/${DEV}`);
  await expect.poll(() => events.length).toBe(4);
  expect(new Set(events)).toEqual(
    new Set([
      `{"event_type":"snapshot_create","entity_id":"${id}"}`,
      '{"event_type":"branch_create","entity_id":"x"}',
      '{"event_type":"branch_delete","entity_id":"x"}',
      `{"event_type":"snapshot_delete","entity_id":"${DEV}"}`,
    ]),
  );
});
