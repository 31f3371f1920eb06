import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { Secret } from '../../lib/secret.ts';
import { startSandboxEngine } from '../../sandbox/engine/engine.ts';
import { ownFolder, dblab as runHere } from '../../testing/command-line.ts';

let engine: Awaited<ReturnType<typeof startSandboxEngine>>;
beforeAll(async () => {
  engine = await startSandboxEngine({ token: new Secret('engine-token') });
});
afterAll(() => engine.close());

let home: string;
beforeEach(() => {
  home = ownFolder();
});

const NOWHERE = 'http://127.0.0.1:1';

function keep(environment: Readonly<Record<string, unknown>>): void {
  mkdirSync(join(home, '.dblab/cli'), { recursive: true });
  const file = { current_environment: 'demo', environments: { demo: environment } };
  writeFileSync(join(home, '.dblab/cli/cli.yml'), JSON.stringify(file));
}

const list = (flags: readonly string[] = [], env: Readonly<Record<string, string>> = {}) =>
  runHere(['clone', 'list', ...flags], { home, env });

describe('which Engine', () => {
  test('that of the current environment', async () => {
    keep({ url: engine.url, token: 'engine-token' });
    expect(await list()).toEqual({ exit: 0, stdout: '[]\n', stderr: '' });
  });

  test.each<[string, () => string[], () => Record<string, string>]>([
    ['a flag', () => ['--url', engine.url, '--token', 'engine-token'], () => ({})],
    [
      'a variable',
      () => [],
      () => ({ DBLAB_INSTANCE_URL: engine.url, DBLAB_VERIFICATION_TOKEN: 'engine-token' }),
    ],
    [
      'a flag and a variable',
      () => ['--url', engine.url],
      () => ({ DBLAB_INSTANCE_URL: NOWHERE, DBLAB_VERIFICATION_TOKEN: 'engine-token' }),
    ],
  ])('%s wins over the file', async (_, flags, env) => {
    keep({ url: NOWHERE, token: 'wrong' });
    expect(await list(flags(), env())).toMatchObject({ exit: 0 });
  });

  test('each setting is looked up by itself', async () => {
    keep({ url: NOWHERE, token: 'engine-token' });
    expect(await list(['--url', engine.url])).toMatchObject({ exit: 0 });
  });

  test('a flag after the command wins over one before it', async () => {
    const argv = ['--url', NOWHERE, 'clone', 'list', '--url', engine.url, '--token', 'engine-token'];
    expect(await runHere(argv, { home })).toMatchObject({ exit: 0 });
  });

  test.each(['$TEAM_TOKEN', '$' + '{TEAM_TOKEN}'])(
    'the token may be kept in a variable: %s',
    async (token) => {
      keep({ url: engine.url, token });
      expect(await list([], { TEAM_TOKEN: 'engine-token' })).toMatchObject({ exit: 0 });
      const { exit, stderr } = await list();
      expect(exit).toBe(1);
      expect(stderr).toMatch(/variable TEAM_TOKEN, which is not set/);
    },
  );

  test('a forwarded port', async () => {
    const forwarding = { server_url: 'ssh://bastion', local_port: String(engine.port) };
    keep({ url: NOWHERE, token: 'engine-token', forwarding });
    expect(await list()).toMatchObject({ exit: 0 });
    const { exit, stderr } = await list(['--forwarding-local-port', '1']);
    expect(exit).toBe(1);
    expect(stderr).toMatch(/127\.0\.0\.1:1 .*port forwarding.*ssh -N -L 1:HOST:PORT SERVER/);
    expect(await list(['--forwarding-local-port', '70000'])).toMatchObject({ exit: 2 });
  });

  test('what to correct is named where it is kept', async () => {
    keep({ url: engine.url, token: 'hidden' });
    const { exit, stderr } = await list();
    expect(exit).toBe(1);
    expect(stderr).toMatch(/Set the token of environment "demo" in ~\/\.dblab\/cli\/cli\.yml to/);
    expect(stderr).not.toContain('hidden');
  });

  test('a broken file is told, and flags still work', async () => {
    mkdirSync(join(home, '.dblab/cli'), { recursive: true });
    writeFileSync(join(home, '.dblab/cli/cli.yml'), 'a: "');
    const { exit, stderr } = await list(['--url', engine.url, '--token', 'engine-token']);
    expect(exit).toBe(0);
    expect(stderr).toMatch(/^Warning: .*cli\.yml is broken: line 1 .*\n$/);
  });

  test.each([['--insecure=false'], ['--insecure=true'], ['--no-insecure']])('takes %s', async (flag) => {
    keep({ url: engine.url, token: 'engine-token', insecure: true });
    expect(await list([flag])).toEqual({ exit: 0, stdout: '[]\n', stderr: '' });
  });

  test('none: the three ways to name one', async () => {
    const { exit, stderr } = await list();
    expect(exit).toBe(2);
    expect(stderr).toMatch(/--url and --token.*DBLAB_INSTANCE_URL.*dblab init/);
  });
});

test('--debug shows every request on stderr, and no secret', async () => {
  const argv = 'clone create --username a --password hidden_Zx9#_phrase_42 --id c1 --async --debug'.split(
    ' ',
  );
  const named = ['--url', engine.url, '--token', 'engine-token'];
  const { exit, stderr } = await runHere([...argv, ...named], { home });
  expect(exit).toBe(0);
  expect(stderr).toMatch(
    /^debug: POST \/clone: 201 after \d+ ms\ndebug: {3}sent \{"id":"c1".*"password":"\*\*\*"/,
  );
  expect(stderr).not.toMatch(/hidden|engine-token/);
});
