import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type SandboxTeleport, startSandboxTeleport } from '../../sandbox/teleport/teleport.ts';
import { dblab, ownFolder, personWho, type Typed } from '../../testing/command-line.ts';
import { SAID, sidecarThatSays } from '../../testing/fake-sidecar.ts';

let teleport: SandboxTeleport;
let identity: string;

beforeEach(async () => {
  identity = join(ownFolder(), 'identity');
  teleport = await startSandboxTeleport({ cacheLag: { minMs: 1, maxMs: 5 }, agentDelayMs: 1 });
  await teleport.issueIdentity({ file: identity });
});
afterEach(() => teleport.close());

const cleanup = (argv: readonly string[] = [], typed: Typed = {}) =>
  dblab(['teleport', 'cleanup', '--environment-id', 'old', ...argv], {
    env: {
      DBLAB_TELEPORT_PROXY: teleport.proxyAddress,
      DBLAB_TELEPORT_IDENTITY: identity,
      DBLAB_TELEPORT_TRANSPORT: 'api',
      DBLAB_TELEPORT_STATUS_ADDR: '127.0.0.1:1',
    },
    ...typed,
  });

function register(name: string, labels: Record<string, string>, metadata: object = {}): void {
  teleport.put({
    kind: name.startsWith('dblab-api') ? 'app' : 'db',
    version: 'v3',
    metadata: { name, labels, ...metadata },
    spec: name.startsWith('dblab-api')
      ? { uri: 'http://localhost:2345' }
      : { protocol: 'postgres', uri: '127.0.0.1:6000', tls: { mode: 2 } },
  });
}

const ours = (environment: string, cloneId?: string) => ({
  dblab: 'true',
  environment,
  dblab_instance: environment,
  ...(cloneId !== undefined && { clone_id: cloneId, dblab_user: 'alice' }),
});

function registerAll(): void {
  register('dblab-clone-old-a-6000', ours('old', 'a'));
  register('dblab-clone-old-b-6001', ours('old', 'b'));
  register('dblab-api-old', ours('old'));
  // Neither is ours to remove: another environment, and what an administrator gave the same labels.
  register('dblab-clone-prod-c-6002', ours('prod', 'c'));
  register('billing', ours('old'));
}

const names = () => [...teleport.databases(), ...teleport.apps()].map((it) => it.metadata.name).sort();
const shown = () => expect.poll(() => teleport.cached('app').length).toBe(1);

const EVERYTHING = { dbLabels: { '*': ['*'] }, appLabels: { '*': ['*'] } };
const OTHERS = ['billing', 'dblab-clone-prod-c-6002'];

describe('dblab teleport cleanup', () => {
  test('--yes removes all of the environment and nothing else; again it finds nothing', async () => {
    registerAll();
    await shown();
    const { exit, stderr, stdout } = await cleanup(['--yes']);
    expect(stderr).toMatch(/Removed 3 of 3\.\nNothing of environment old is in Teleport\.\n$/);
    expect(exit).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject([
      { kind: 'db', name: 'dblab-clone-old-a-6000', labels: { clone_id: 'a', dblab_user: 'alice' } },
      { kind: 'db', name: 'dblab-clone-old-b-6001' },
      { kind: 'app', name: 'dblab-api-old', uri: 'http://localhost:2345' },
    ]);
    expect(names()).toEqual(OTHERS);
    expect(await cleanup(['--yes'])).toEqual({
      exit: 0,
      stdout: '[]\n',
      stderr: 'Nothing of environment old is in Teleport.\nEnvironments that have something there: prod.\n',
    });
  });

  test('--dry-run shows what would go and removes nothing', async () => {
    registerAll();
    await shown();
    const { exit, stdout } = await cleanup(['--dry-run', '-o', 'table']);
    expect(exit).toBe(0);
    expect(stdout).toMatch(
      /│ db\/dblab-clone-old-a-6000 │ a +│ alice │ 127\.0\.0\.1:6000 +│ localhost │ never/,
    );
    expect(stdout).not.toMatch(/billing|prod/);
    expect(names()).toHaveLength(5);
  });

  test('the variable of the sidecar does not name what is to go', async () => {
    const env = { DBLAB_TELEPORT_ENVIRONMENT_ID: 'prod' };
    const { exit, stderr } = await dblab(['teleport', 'cleanup', '--yes'], { env });
    expect(exit).toBe(2);
    expect(stderr).toContain('--environment-id is missing: give it.');
  });

  test('without a terminal and without --yes it says what to give', async () => {
    registerAll();
    await shown();
    const { exit, stderr } = await cleanup();
    expect(exit).toBe(2);
    expect(stderr).toContain('Give --yes to remove these 3, or --dry-run to only look.');
    expect(names()).toHaveLength(5);
  });

  test.each([
    ['y', 0, OTHERS.length],
    ['n', 1, 5],
    ['\r', 1, 5],
    ['\u0003', 1, 5],
  ])('asks a person: %j', async (key, exit, left) => {
    registerAll();
    await shown();
    const told = await cleanup([], { isTTY: true, terminal: personWho(key) });
    expect(told.exit).toBe(exit);
    expect(names()).toHaveLength(left);
  });

  test('what is refused is left, told with its reason', async () => {
    registerAll();
    await shown();
    teleport.onChange(({ action }, view) => {
      if (action === 'delete' && view === 'backend')
        teleport.setRole('dblab-bot', { ...EVERYTHING, rules: [] });
    });
    const { exit, stderr } = await cleanup(['--yes']);
    expect(exit).toBe(1);
    expect(stderr).toMatch(
      /Removed 1 of 3\.\nLeft: (db|app)\/\S+, \S+\.\n[\s\S]*access denied[\s\S]*\nRun the same/,
    );
  });

  test('a process that is asked to end says what is left', async () => {
    for (let index = 0; index < 40; index += 1)
      register(`dblab-clone-old-x${index}`, ours('old', `${index}`));
    await expect.poll(() => teleport.cached('db').length).toBe(40);
    const stop = new AbortController();
    teleport.onChange(({ action }, view) => {
      if (action === 'delete' && view === 'backend') stop.abort();
    });
    const { exit, stderr } = await cleanup(['--yes'], { signal: stop.signal });
    expect(exit).toBe(1);
    expect(stderr).toMatch(
      /Removed 16 of 40\.\nLeft: db\/.* and 19 more\.\nInterrupted\.\nRun the same command/,
    );
    expect(names()).toHaveLength(24);
  });

  test('what comes back betrays a sidecar that runs elsewhere', async () => {
    register('dblab-clone-old-a-6000', ours('old', 'a'));
    await expect.poll(() => teleport.cached('db').length).toBe(1);
    teleport.onChange(({ action }, view) => {
      if (action === 'delete' && view === 'backend') register('dblab-clone-old-a-6000', ours('old', 'a'));
    });
    const { exit, stderr } = await cleanup(['--yes']);
    expect(exit).toBe(1);
    expect(stderr).toMatch(
      /come back: db\/dblab-clone-old-a-6000\. A sidecar of environment old runs somewhere/,
    );
  });

  test('a lease that has not run out is a sign of life', async () => {
    const expires = new Date(Date.now() + 3_600_000).toISOString();
    register('dblab-clone-old-a-6000', ours('old', 'a'), { expires });
    await expect.poll(() => teleport.cached('db').length).toBe(1);
    const { stderr } = await cleanup(['--dry-run']);
    expect(stderr).toMatch(
      /WARNING: a lease has not run out yet, so a sidecar of environment old was at work/,
    );
  });

  test.each([
    [
      'of the environment is warned of, loudly',
      'old',
      /^WARNING: the sidecar of environment old runs: it answers/m,
    ],
    ['of another one is nothing to warn of', 'prod', /^(?![\s\S]*WARNING)/],
  ])('a sidecar %s', async (_, environment, said) => {
    registerAll();
    await shown();
    const { address } = await sidecarThatSays({ ...SAID, environment });
    expect((await cleanup(['--dry-run', '--status-addr', address])).stderr).toMatch(said);
  });

  test('a Teleport that is down is told in a sentence', async () => {
    await teleport.stop();
    const { exit, stderr, stdout } = await cleanup(['--yes']);
    expect({ exit, stdout }).toEqual({ exit: 1, stdout: '' });
    expect(stderr).toMatch(/^Teleport at .* cannot be reached|^Nothing listens/);
  });
});
