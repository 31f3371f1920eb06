import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { PassThrough, Writable } from 'node:stream';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { Secret } from '../../lib/secret.ts';
import { type SandboxEngine, startSandboxEngine } from '../../sandbox/engine/engine.ts';
import { writeState } from '../../sandbox/state.ts';
import { ownFolder, dblab as runHere, type Typed } from '../../testing/command-line.ts';
import { recordEngine } from '../../testing/recorded-engine.ts';

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

  test('a terminal sees what is waited for, and the line is wiped', async () => {
    const { stderr } = await dblab(create, { isTTY: true });
    expect(stderr).toContain('Waiting for clone c1: 0 s');
    expect(stderr.endsWith('\r\u001b[K')).toBe(true);
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

describe('the password', () => {
  const bare = ['clone', 'create', '--username', 'alice', '--id', 'c1', '--async'];

  /** What the Engine got, and what was printed. */
  async function passwordOf(argv: readonly string[], typed: Typed = {}) {
    const recorded = await recordEngine(engine.url);
    const env = { DBLAB_INSTANCE_URL: recorded.url, DBLAB_VERIFICATION_TOKEN: 'engine-token' };
    const told = await dblab([...bare, ...argv], { ...typed, env: { ...env, ...typed.env } });
    await recorded.close();
    const body = recorded.requests[0]?.body;
    return { ...told, password: body === undefined ? undefined : JSON.parse(body).db.password };
  }

  /** A keyboard on which this is typed once something is asked, and a screen. */
  function terminal(keys: string) {
    const input = new PassThrough();
    const shown: string[] = [];
    const output = new Writable({
      write(chunk, _, done) {
        shown.push(String(chunk));
        if (shown.length === 1) setImmediate(() => input.write(keys));
        done();
      },
    });
    return { terminal: { input, output }, screen: () => shown.join('') };
  }

  test('from a file, whose last line break does not count', async () => {
    const file = join(ownFolder(), 'password');
    writeFileSync(file, 'secret phrase of mine\n');
    const { exit, stdout, password } = await passwordOf(['--password-file', file]);
    expect({ exit, password }).toEqual({ exit: 0, password: 'secret phrase of mine' });
    expect(stdout).not.toContain('Password');
  });

  test('from a variable, and a flag wins over it', async () => {
    const env = { DBLAB_CLONE_PASSWORD: 'variable_secret' };
    expect((await passwordOf([], { env })).password).toBe('variable_secret');
    expect((await passwordOf(['--password', 'flag_secret_x', '--id', 'c2'], { env })).password).toBe(
      'flag_secret_x',
    );
  });

  test('as a person types it, and it does not show', async () => {
    const { terminal: person, screen } = terminal('typed_secret_x\r');
    const { exit, stdout, stderr, password } = await passwordOf([], { terminal: person });
    expect({ exit, password }).toEqual({ exit: 0, password: 'typed_secret_x' });
    expect(screen()).toContain('Password for the new database user "alice"');
    expect(screen() + stdout + stderr).not.toContain('typed_secret_x');
  });

  test('made, where a person types nothing', async () => {
    const { stdout, password } = await passwordOf([], { terminal: terminal('\r').terminal });
    expect(password).toMatch(/^[\w-]{32}$/);
    expect(stdout.split(password)).toHaveLength(2);
  });

  test('made, in the document for a program', async () => {
    const { stdout, password } = await passwordOf(['-o', 'json']);
    expect(JSON.parse(stdout).db).toMatchObject({ username: 'alice', password });
  });

  test('nothing is ordered when a person walks away', async () => {
    const { exit, stderr, password } = await passwordOf([], { terminal: terminal('abc\u0003').terminal });
    expect({ exit, stderr, password }).toEqual({
      exit: 1,
      stderr: 'Interrupted: nothing was ordered.\n',
      password: undefined,
    });
  });

  test.each([
    [['--password', ''], 2, /--password is empty/],
    [['--password', 'a', '--password-file', 'b'], 2, /both given/],
    [['--password-file', '/dev/null'], 1, /is empty/],
    [['--password-file', '/dev/zero'], 1, /larger than 4096 bytes/],
  ])('%j: exit code %i', async (argv, exit, said) => {
    const told = await passwordOf(argv);
    expect(told).toEqual({ exit, stdout: '', stderr: expect.stringMatching(said), password: undefined });
  });
});

describe('the way through Teleport', () => {
  const named = (environmentId: string) => ({
    env: {
      DBLAB_INSTANCE_URL: engine.url,
      DBLAB_VERIFICATION_TOKEN: 'engine-token',
      DBLAB_TELEPORT_ENVIRONMENT_ID: environmentId,
    },
  });

  test('as the guide types it, under the name that the sidecar gives', async () => {
    const { stdout } = await dblab([...create, '--dbname', 'shop'], named('prod'));
    const port = engine.clones()[0]?.db.port;
    expect(stdout).toContain(`
  tsh db connect dblab-clone-prod-c1-${port} --db-user alice --db-name shop
  tsh proxy db --tunnel dblab-clone-prod-c1-${port} --db-user alice --db-name shop
`);
    expect(stdout).toContain('127.0.0.1, not at localhost');
  });

  test('of a sandbox that runs', async () => {
    writeState({ url: engine.url, token, environmentId: 'sandbox', pid: process.pid });
    const { stdout } = await dblab(create, { env: {} });
    expect(stdout).toContain('tsh db connect dblab-clone-sandbox-c1-');
  });

  test('is for a shell to read', async () => {
    const argv = ['clone', 'create', '--username', "o'neil;x", '--id', 'c1', '--password', 'secret_password'];
    expect((await dblab(argv, named('prod'))).stdout).toContain("--db-user 'o'\\''neil;x' --db-name");
  });

  test.each([[''], ['not valid']])('is not guessed: %j', async (environment) => {
    writeState({ url: 'http://127.0.0.1:1', token, environmentId: 'sandbox', pid: process.pid });
    expect((await dblab(create, named(environment))).stdout).not.toContain('tsh');
  });

  test('is unknown while the clone has no port', async () => {
    expect((await dblab([...create, '--async'], named('prod'))).stdout).not.toContain('tsh');
  });
});

test('an interrupted command says so, and no more', async () => {
  const stop = new AbortController();
  stop.abort();
  expect(await dblab(create, { signal: stop.signal })).toEqual({
    exit: 1,
    stdout: '',
    stderr: 'Interrupted.\n',
  });
});
