import { expect, test } from 'vitest';
import { commandEngine } from '../../testing/commanded-engine.ts';

test("status is the Engine's document, with the sizes of pools in words and its keys in the original's order", async () => {
  const { engine, dblab, sent } = await commandEngine();
  engine.create({ id: 'c1' });
  await engine.settled('c1');
  const { exit, stdout, stderr } = await dblab(['instance', 'status']);
  expect({ exit, stderr }).toEqual({ exit: 0, stderr: '' });
  expect(sent()).toEqual([['GET /status', '']]);
  const shown = JSON.parse(stdout);
  const headers = { 'Verification-Token': 'engine-token' };
  const said = JSON.parse(await (await fetch(`${engine.url}/status`, { headers })).text());
  expect(JSON.stringify({ ...shown, pools: undefined })).toBe(JSON.stringify({ ...said, pools: undefined }));
  expect(Object.keys(shown).at(-1)).toBe('pools');
  expect(JSON.stringify(shown.pools[0])).toBe(
    '{"name":"dblab_pool","mode":"zfs","dataStateAt":"2026-04-01T00:00:00Z","status":"active","cloneList":["c1"],' +
      '"fileSystem":{"mode":"zfs","compressRatio":1.8,"size":"29 GiB","free":"28 GiB","used":"1.0 GiB",' +
      '"dataSize":"1.0 GiB","usedBySnapshots":"20 KiB","usedByClones":"475 KiB"}}',
  );
  expect(shown.cloning.clones[0].metadata.logicalSize).toBe(1_073_750_016);
  expect(stdout).toMatch(/^\{\n {4}"status": \{\n {8}"code": "OK"/);
});

test('status on a terminal says in a few lines how the Engine is', async () => {
  const { dblab } = await commandEngine();
  const { stdout } = await dblab(['instance', 'status'], { isTTY: true });
  for (const line of [
    /Engine +│ OK: Instance is ready/,
    /Version +│ v4\.1\.0-/,
    /Refresh of data +│ logical, finished/,
    /Pool dblab_pool +│ active, data of 2026-04-01T00:00:00Z, 1\.0 GiB used, 28 GiB free, clones: 0/,
    /Pool dblab_spare +│ empty, no data/,
  ]) {
    expect(stdout).toMatch(line);
  }
});

test('version needs no token', async () => {
  const { dblab, sent } = await commandEngine();
  expect(await dblab(['instance', 'version', '--token', 'wrong'])).toEqual({
    exit: 0,
    stdout: `${JSON.stringify({ version: 'v4.1.0-20260407-1107', edition: 'standard', instanceID: 'd0abcdefghij0123456g' }, null, 4)}\n`,
    stderr: '',
  });
  expect(sent()).toEqual([['GET /healthz', '']]);
});

test('full-refresh says that it started and how to follow it', async () => {
  const { dblab, recorded, sent } = await commandEngine();
  expect(await dblab(['instance', 'full-refresh'])).toEqual({
    exit: 0,
    stdout: 'Full refresh started\n',
    stderr: expect.stringContaining('"dblab instance status"'),
  });
  expect(recorded.requests[0]?.headers['content-type']).toBeUndefined();
  expect(sent()).toEqual([['POST /full-refresh', '']]);
});

test('a second refresh is refused while one runs', async () => {
  const { dblab } = await commandEngine({ workMs: 60_000 });
  await dblab(['instance', 'full-refresh']);
  const { exit, stdout, stderr } = await dblab(['instance', 'full-refresh']);
  expect({ exit, stdout }).toEqual({ exit: 1, stdout: '' });
  expect(stderr).toMatch(
    /refused POST \/full-refresh: .*in progress.*"dblab instance status" shows when it is over/,
  );
  expect((await dblab(['instance', 'status'], { isTTY: true })).stdout).toMatch(/logical, refreshing/);
});

test('a refresh without a spare pool is refused with what it needs', async () => {
  const { dblab } = await commandEngine({ pools: ['dblab_pool'] });
  const { exit, stderr } = await dblab(['instance', 'full-refresh']);
  expect(exit).toBe(1);
  expect(stderr).toMatch(/A refresh needs a second pool that no clone uses/);
});

test.each([[['status']], [['version']], [['full-refresh']]])(
  '%j: a web page is no Engine',
  async ([verb = '']) => {
    const { engine, dblab } = await commandEngine();
    engine.faults.answers = 'html';
    const { exit, stdout, stderr } = await dblab(['instance', verb]);
    expect({ exit, stdout }).toEqual({ exit: 1, stdout: '' });
    expect(stderr).toMatch(/it is a web page \(HTML\) and not JSON.*--url/);
  },
);
