import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import { Secret } from '../../lib/secret.ts';
import { type SandboxEngine, startSandboxEngine } from '../../sandbox/engine/engine.ts';
import { writeState } from '../../sandbox/state.ts';
import { ownFolder, dblab as runHere, type Typed } from '../../testing/command-line.ts';

const token = new Secret('engine-token');

let engine: SandboxEngine;

beforeEach(async () => {
  ownFolder();
  engine = await startSandboxEngine({ token, workMs: 1 });
});
afterEach(() => engine.close());

const dblab = (argv: readonly string[], typed: Typed = {}) =>
  runHere(argv, {
    env: { DBLAB_INSTANCE_URL: engine.url, DBLAB_VERIFICATION_TOKEN: token.reveal() },
    ...typed,
  });

const create = ['clone', 'create', '--username', 'alice', '--password', 'secret_password', '--id', 'c1'];

describe('which Engine', () => {
  const flags = () => ['--url', engine.url, '--token', 'engine-token'];

  test.each<[string, () => string[]]>([
    ['before the command, as the original takes them', () => [...flags(), 'clone', 'list']],
    ['after the command', () => ['clone', 'list', ...flags()]],
  ])('flags %s', async (_, argv) => {
    expect(await dblab(argv(), { env: {} })).toEqual({ exit: 0, stdout: '[]\n', stderr: '' });
  });

  test('a flag wins over its variable', async () => {
    const env = { DBLAB_INSTANCE_URL: 'http://127.0.0.1:1', DBLAB_VERIFICATION_TOKEN: 'wrong' };
    expect(await dblab(['clone', 'list', ...flags()], { env })).toMatchObject({ exit: 0 });
  });

  test('a sandbox that runs is found, and said so', async () => {
    writeState({ url: engine.url, token, environmentId: 'sandbox', pid: process.pid });
    const { exit, stdout, stderr } = await dblab(['clone', 'list'], { env: {} });
    expect({ exit, stdout }).toEqual({ exit: 0, stdout: '[]\n' });
    expect(stderr).toContain(`Using the sandbox at ${engine.url}`);
  });

  test('without any of them: how to name one', async () => {
    const { exit, stderr } = await dblab(['clone', 'list'], { env: {} });
    expect(exit).toBe(2);
    expect(stderr).toMatch(/--url and --token, or set DBLAB_INSTANCE_URL/);
  });

  test('a wrong token: which setting to correct', async () => {
    const { exit, stdout, stderr } = await dblab(['clone', 'list', '--token', 'hidden']);
    expect({ exit, stdout }).toEqual({ exit: 1, stdout: '' });
    expect(stderr).toMatch(/refuses the token.*--token \(or DBLAB_VERIFICATION_TOKEN\)/);
    expect(stderr).not.toContain('hidden');
  });
});

describe('create', () => {
  test('waits until the clone is ready and prints what the original prints', async () => {
    const { exit, stdout, stderr } = await dblab([...create, '--dbname', 'postgres']);
    expect({ exit, stderr }).toEqual({ exit: 0, stderr: '' });
    expect(stdout.split('\n')).toEqual([
      'ID:                 c1',
      'Branch:             main',
      expect.stringMatching(/^Snapshot: {11}dblab_pool@snapshot_\d{14}$/),
      expect.stringMatching(/^Connection string: {2}host=localhost port=\d+ user=alice dbname=postgres$/),
      '',
      '',
    ]);
    expect(engine.clones()[0]).toMatchObject({ id: 'c1', status: { code: 'OK' }, protected: false });
  });

  test.each([['--db-name'], ['--dbname']])('takes the database by %s', async (flag) => {
    await dblab([...create, flag, 'shop']);
    expect(engine.clones()[0]?.db.dbName).toBe('shop');
  });

  test('without a password a strong one is made, accepted and shown', async () => {
    const { exit, stdout } = await dblab(['clone', 'create', '--username', 'alice']);
    expect(exit).toBe(0);
    expect(stdout).toMatch(/^Password: {11}[\w-]{32} {3}\(shown this once\)$/m);
  });

  test('--protected and its short form', async () => {
    await dblab([...create, '--protected']);
    await dblab(['clone', 'create', '--username', 'a', '--id', 'c2', '-p', 'false']);
    expect(engine.clones().map((clone) => [clone.id, clone.protected])).toEqual([
      ['c2', false],
      ['c1', true],
    ]);
  });

  test('--async does not wait', async () => {
    const { exit, stdout } = await dblab([...create, '--async']);
    expect(exit).toBe(0);
    expect(stdout).toContain('ID:                 c1\n');
  });

  test('a terminal sees what is waited for, and the line is wiped', async () => {
    const { stderr } = await dblab(create, { isTTY: true });
    expect(stderr).toContain('Waiting for clone c1: 0 s');
    expect(stderr.endsWith('\r\u001b[K')).toBe(true);
  });

  test("what the Engine refuses is told in the Engine's words", async () => {
    const { exit, stderr } = await dblab(['clone', 'create', '--username', 'a', '--password', '12345']);
    expect(exit).toBe(1);
    expect(stderr).toMatch(/insecure password/);
  });

  test('a clone that fails: the reason and how to clean up', async () => {
    const url = await engineThatAnswers({ code: 'FATAL', message: 'postgres fatal error' });
    const { exit, stderr } = await dblab([...create, '--url', url]);
    expect(exit).toBe(1);
    expect(stderr).toMatch(
      /Clone c1 could not be created.* FATAL: postgres fatal error.*dblab clone destroy c1/,
    );
  });

  test('patience has an end', async () => {
    const url = await engineThatAnswers({ code: 'CREATING', message: '' });
    const { exit, stderr } = await dblab([...create, '--url', url, '--request-timeout', '1s']);
    expect(exit).toBe(1);
    expect(stderr).toMatch(/Clone c1 is not ready after 1 s. The Engine goes on/);
  });
});

describe('list', () => {
  test('is a table on a terminal', async () => {
    expect((await dblab(['clone', 'list'], { isTTY: true })).stdout).toBe('There are no clones.\n');
    await dblab(create);
    const { stdout } = await dblab(['clone', 'list'], { isTTY: true });
    expect(stdout).toMatch(/│ ID +│ Status │ Port +│[\s\S]*│ c1 +│ OK +│ \d+ +│ alice │ postgres │ main/);
  });

  test('--output says which', async () => {
    expect((await dblab(['clone', 'list', '--output', 'json'], { isTTY: true })).stdout).toBe('[]\n');
    expect((await dblab(['clone', 'list', '-o', 'table'])).stdout).toBe('There are no clones.\n');
  });

  test('a table commands no terminal', async () => {
    engine.create({ id: 'c1', username: 'a\u001b[2Jb' });
    const { stdout } = await dblab(['clone', 'list', '-o', 'table']);
    expect(stdout).toContain('a\\u001b[2Jb');
    expect(stdout).not.toContain('\u001b[2J');
  });
});

describe('destroy', () => {
  test.each([[['c1']], [['--id', 'c1']]])('%j waits until the clone is gone', async (named) => {
    await dblab(create);
    const { exit, stdout } = await dblab(['clone', 'destroy', ...named]);
    expect({ exit, stdout }).toEqual({ exit: 0, stdout: 'The clone has been successfully destroyed: c1\n' });
    expect(engine.clones()).toEqual([]);
  });

  test('--async does not wait', async () => {
    await dblab(create);
    const { exit, stdout } = await dblab(['clone', 'destroy', 'c1', '--async']);
    expect({ exit, stdout }).toEqual({ exit: 0, stdout: 'The clone is being destroyed: c1\n' });
  });
});

/** An Engine whose only clone never leaves this status. */
async function engineThatAnswers(status: { code: string; message: string }): Promise<string> {
  const server = createServer((request, response) => {
    response.statusCode = request.method === 'POST' ? 201 : 200;
    response.end(JSON.stringify({ id: 'c1', status }));
  }).listen(0, '127.0.0.1');
  onTestFinished(() => void server.close());
  await once(server, 'listening');
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

test('an interrupted command says so, and no more', async () => {
  const stop = new AbortController();
  stop.abort();
  expect(await dblab(create, { signal: stop.signal })).toEqual({
    exit: 1,
    stdout: '',
    stderr: 'Interrupted.\n',
  });
});
