import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, onTestFinished, test } from 'vitest';
import { type CommandedEngine, commandEngine, FIRST } from '../../testing/commanded-engine.ts';

const COMMIT = 'dblab_pool/branch/main/c1/r0@20260401000000';

async function withCommit(options = {}): Promise<CommandedEngine> {
  const all = await commandEngine(options);
  all.engine.create({ id: 'c1' });
  await all.engine.settled('c1');
  await all.dblab(['commit', '--clone-id', 'c1', '-m', 'indexed']);
  all.sent();
  return all;
}

describe('what is sent', () => {
  test.each<[readonly string[], string, string]>([
    [['list'], 'GET /snapshots', ''],
    [['create'], 'POST /snapshot', '{"poolName":""}\n'],
    [['create', '--pool', 'dblab_pool'], 'POST /snapshot', '{"poolName":"dblab_pool"}\n'],
    [['create', '--clone-id', 'c1'], 'POST /snapshot/clone', '{"cloneID":"c1","message":""}\n'],
    [
      ['create', '--clone-id', 'c1', '--message', 'x "y"'],
      'POST /snapshot/clone',
      '{"cloneID":"c1","message":"x \\"y\\""}\n',
    ],
    [['update', '--protected', 'true', COMMIT], `PATCH /snapshot/${COMMIT}`, '{"protected":true}\n'],
    [['update', COMMIT, '--protected'], `PATCH /snapshot/${COMMIT}`, '{"protected":true}\n'],
    [['update', '--id', COMMIT, '-p', 'false'], `PATCH /snapshot/${COMMIT}`, '{"protected":false}\n'],
    [
      ['update', COMMIT, '--protected=2h'],
      `PATCH /snapshot/${COMMIT}`,
      '{"protected":true,"protectionDurationMinutes":120}\n',
    ],
    [
      ['update', COMMIT, '-p', '0'],
      `PATCH /snapshot/${COMMIT}`,
      '{"protected":true,"protectionDurationMinutes":0}\n',
    ],
    [['delete', COMMIT], `DELETE /snapshot/${COMMIT}`, ''],
    [['delete', '--id', COMMIT], `DELETE /snapshot/${COMMIT}`, ''],
    [['delete', '--force', COMMIT], `DELETE /snapshot/${COMMIT}?force=true`, ''],
  ])('%j', async (argv, line, body) => {
    const { dblab, recorded, sent } = await withCommit();
    expect(await dblab(['snapshot', ...argv])).toMatchObject({ exit: 0 });
    expect(recorded.requests[0]?.headers).toMatchObject({ 'verification-token': 'engine-token' });
    expect(recorded.requests[0]?.headers).not.toHaveProperty('content-type');
    expect(sent()).toEqual([[line, body]]);
  });
});

describe('what is said', () => {
  test("list: the Engine's documents, with sizes in words behind all else", async () => {
    const { dblab } = await withCommit();
    const { stdout } = await dblab(['snapshot', 'list']);
    expect(JSON.stringify(JSON.parse(stdout)[1])).toBe(
      `{"id":"${FIRST}","createdAt":"2026-04-01T00:00:00Z","dataStateAt":"2026-04-01T00:00:00Z","pool":"dblab_pool",` +
        '"numClones":1,"clones":["c1"],"branch":"main","message":"","protected":false,"physicalSize":"20 KiB","logicalSize":"1.0 GiB"}',
    );
    expect(stdout).toMatch(/^\[\n {4}\{\n {8}"id": /);
  });

  test('list on a terminal', async () => {
    const { dblab } = await withCommit();
    await dblab(['snapshot', 'update', COMMIT, '--protected', '30m']);
    const { stdout } = await dblab(['snapshot', 'list'], { isTTY: true });
    expect(stdout).toMatch(
      /r0@20260401000000 │ main +│ 2026-04-01T00:00:00Z │ 20 KiB +│ 1\.0 GiB +│ 0 +│ until 2026-04-01T00:30:00Z │ indexed/,
    );
  });

  test('create: bare numbers in the keys of the list', async () => {
    const { dblab } = await commandEngine();
    expect(JSON.parse((await dblab(['snapshot', 'create'])).stdout)).toEqual({
      id: 'dblab_pool@snapshot_20260401000001',
      createdAt: '2026-04-01T00:00:01Z',
      dataStateAt: '2026-04-01T00:00:01Z',
      physicalSize: 0,
      logicalSize: 1_073_741_824,
      pool: 'dblab_pool',
      numClones: 0,
      clones: [],
      branch: 'main',
      message: '',
      protected: false,
    });
  });

  test('create: a message that the Engine does not keep is told of', async () => {
    const { dblab } = await withCommit();
    const { stderr } = await dblab(['snapshot', 'create', '--clone-id', 'c1', '--message', 'x']);
    expect(stderr).toMatch(/did not keep the message.*dblab commit/);
  });

  test('delete', async () => {
    const { dblab } = await withCommit();
    expect(await dblab(['snapshot', 'delete', COMMIT])).toEqual({
      exit: 0,
      stdout: `Deleted snapshot '${COMMIT}'\n`,
      stderr: '',
    });
    expect((await dblab(['snapshot', 'list'])).stdout).not.toContain(COMMIT);
  });
});

describe('what is refused', () => {
  test('an automatic snapshot, one that is not there, one that is protected, and a clone that is not there', async () => {
    const { dblab } = await withCommit();
    await dblab(['snapshot', 'update', COMMIT, '-p']);
    for (const [argv, why] of [
      [['delete', FIRST], /automatic snapshot in the pool\. The Engine itself replaces it/],
      [['delete', 'dblab_pool/branch/x@1'], /dataset does not exist\. "dblab snapshot list" shows/],
      [['update', 'nowhere@1', '-p'], /pool for requested snapshot.*"dblab snapshot list" shows/],
      [['delete', COMMIT], /is protected\. Take its protection off first/],
      [['create', '--clone-id', 'nope'], /clone not found\. "dblab clone list" shows/],
      [['create', '--pool', 'nope'], /pool manager not found: nope\. "dblab instance status" shows/],
    ] as const) {
      const told = await dblab(['snapshot', ...argv]);
      expect(told).toEqual({ exit: 1, stdout: '', stderr: expect.stringMatching(why) });
    }
  });

  test('one that clones stand on, unless forced', async () => {
    const { dblab, engine } = await withCommit();
    engine.create({ id: 'c2', snapshotId: COMMIT });
    await engine.settled('c2');
    const { exit, stderr } = await dblab(['snapshot', 'delete', COMMIT]);
    expect(exit).toBe(1);
    expect(stderr).toMatch(/has dependent clones: c2\. Destroy those first, or give --force/);
    expect(await dblab(['snapshot', 'delete', COMMIT, '--force'])).toMatchObject({ exit: 0 });
    await engine.settled('c2');
    expect(engine.clones().map(({ id }) => id)).toEqual(['c1']);
  });

  test('one that a protected clone stands on, also when forced', async () => {
    const { dblab, engine } = await withCommit();
    engine.create({ id: 'c2', snapshotId: COMMIT, protected: true });
    await engine.settled('c2');
    const { exit, stderr } = await dblab(['snapshot', 'delete', COMMIT, '--force']);
    expect(exit).toBe(1);
    expect(stderr).toMatch(/dependent protected clones: c2\. Take their protection off/);
  });

  test.each([
    'pool@x?force=true',
    'pool@x#y',
    '../clone/c1',
    'pool/../../clone/c1',
    'pool/./x@1',
    'pool/%2e%2e/clone/c1',
    'pool\\..\\x@1',
    '/pool@1',
    'pool//x@1',
    'pool@x\n',
    'pool@x y',
    'pool@ü',
  ])('%j is no id, and nothing is sent', async (id) => {
    const { dblab, sent } = await commandEngine();
    const { exit, stdout, stderr } = await dblab(['snapshot', 'delete', id]);
    expect({ exit, stdout, sent: sent() }).toEqual({ exit: 1, stdout: '', sent: [] });
    expect(stderr).toMatch(/^".*" can be no id of a snapshot at .*"dblab snapshot list" shows them\.\n$/);
  });

  test.each<[readonly string[], RegExp]>([
    [['delete'], /Which snapshot\? .*dblab snapshot delete SNAPSHOT_ID/],
    [['delete', 'a@1', '--id', 'b@1'], /Two snapshots are named/],
    [['update', 'a@1'], /Nothing to change/],
    [
      ['update', 'a@1', '--protected', 'soon'],
      /invalid --protected value: "soon" \(use 'true', 'false', minutes, or duration like 30m\/2h\/7d\)/,
    ],
    [['create', '--pool', 'a', '--clone-id', 'b'], /cannot be used with/],
  ])('%j is a usage error, and nothing is sent', async (argv, why) => {
    const { dblab, sent } = await commandEngine();
    const told = await dblab(['snapshot', ...argv]);
    expect(told).toEqual({ exit: 2, stdout: '', stderr: expect.stringMatching(why) });
    expect(sent()).toEqual([]);
  });

  test('an Engine that cannot protect snapshots yet: how to see that it is older', async () => {
    const old = createServer((_, response) => response.writeHead(405).end()).listen(0, '127.0.0.1');
    onTestFinished(() => void old.close());
    await once(old, 'listening');
    const { dblab } = await commandEngine();
    const url = `http://127.0.0.1:${(old.address() as AddressInfo).port}`;
    const { exit, stderr } = await dblab(['snapshot', 'update', COMMIT, '-p', '--url', url]);
    expect(exit).toBe(1);
    expect(stderr).toMatch(
      /does not know PATCH \/snapshot\/.* it is older than this command needs \("dblab instance version"/,
    );
  });

  test('a web page instead of an answer: nothing is said to be deleted', async () => {
    const { dblab, engine } = await withCommit();
    engine.faults.answers = 'html';
    const { exit, stdout, stderr } = await dblab(['snapshot', 'delete', COMMIT]);
    expect({ exit, stdout }).toEqual({ exit: 1, stdout: '' });
    expect(stderr).toMatch(/web page/);
  });
});
