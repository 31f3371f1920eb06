import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { systemClock } from '../../lib/clock.ts';
import { Secret } from '../../lib/secret.ts';
import { type SandboxEngine, startSandboxEngine } from '../../sandbox/engine/engine.ts';
import { type SandboxTeleport, startSandboxTeleport } from '../../sandbox/teleport/teleport.ts';
import { dblab, ownFolder, type Typed } from '../../testing/command-line.ts';
import { SAID, sidecarThatSays } from '../../testing/fake-sidecar.ts';
import { run } from '../program.ts';

let teleport: SandboxTeleport;
let engine: SandboxEngine;
let identity: string;

beforeEach(async () => {
  identity = join(ownFolder(), 'identity');
  engine = await startSandboxEngine({ token: new Secret('engine-token') });
  teleport = await startSandboxTeleport({ cacheLag: { minMs: 1, maxMs: 5 }, agentDelayMs: 1 });
  await teleport.issueIdentity({ file: identity });
});
afterEach(() => Promise.all([teleport.close(), engine.close()]));

const settings = () => ({
  DBLAB_TELEPORT_ENVIRONMENT_ID: 'prod',
  DBLAB_TELEPORT_PROXY: teleport.proxyAddress,
  DBLAB_TELEPORT_IDENTITY: identity,
  DBLAB_TELEPORT_TRANSPORT: 'api',
  DBLAB_TELEPORT_DBLAB_URL: engine.url,
  DBLAB_TELEPORT_STATUS_ADDR: '127.0.0.1:1',
  DBLAB_TOKEN: 'engine-token',
  WEBHOOK_SECRET: 'secret',
});

const dblabHere = (argv: readonly string[], typed: Typed = {}) => dblab(argv, { env: settings(), ...typed });
const status = (argv: readonly string[] = [], typed: Typed = {}) =>
  dblabHere(['teleport', 'status', ...argv], typed);

/** Puts all in step, as cron would. */
async function putInStep(): Promise<void> {
  expect(await dblabHere(['teleport', 'serve', '--once'])).toMatchObject({ exit: 0 });
  await expect.poll(() => teleport.cached('db').length).toBe(engine.clones().length);
  await expect.poll(() => teleport.cached('app').length).toBe(1);
}

describe('dblab teleport status, without a sidecar', () => {
  test('in step: the verdict first, then each clone with its registration and agents', async () => {
    await createReady('a');
    await putInStep();
    await expect.poll(() => lastLine()).toContain('│ localhost │');
    const { exit, stdout, stderr } = await status(['-o', 'table']);
    expect({ exit, stderr }).toEqual({ exit: 0, stderr: '' });
    expect(stdout).toMatch(
      /^✓ In step: 1 of 1 clones registered\.\nEnvironment prod, read from the Engine and Teleport \(by api\)\. No sidecar answers/,
    );
    expect(stdout).toMatch(/│ a +│ OK +│ \d+ │ registered │ dblab-clone-prod-a-\d+ │ localhost │/);
    expect(teleport.history()).toHaveLength(2);
  });

  test('not in step: what is due, what to do, and exit code 1', async () => {
    await createReady('a');
    const { exit, stdout } = await status([], { isTTY: true });
    expect(exit).toBe(1);
    expect(stdout).toMatch(/✗ Not in step: 0 of 1 clones registered, 2 changes due\./);
    expect(stdout).toMatch(
      /start the sidecar \(dblab teleport serve\)\.\n {2}due: create db\/dblab-clone-prod-a/,
    );
    expect(stdout).toMatch(/│ a +│ OK +│ \d+ │ waiting /);
    expect(teleport.history()).toEqual([]);
  });

  test('a removal that a sidecar would hold at first is due as well', async () => {
    await createReady('a');
    await putInStep();
    engine.destroy('a');
    await engine.settled('a');
    const { exit, stdout } = await status();
    expect(exit).toBe(1);
    expect(JSON.parse(stdout)).toMatchObject({
      inStep: false,
      troubles: [],
      due: [expect.stringMatching(/^delete db\/dblab-clone-prod-a-\d+ \(clone "a"\): gone$/)],
      source: { kind: 'direct', because: expect.stringContaining('No sidecar answers') },
    });
  });

  test('a registration that no agent serves', async () => {
    await createReady('a');
    await putInStep();
    for (const { hostId } of teleport.agents()) teleport.removeAgent(hostId);
    const { exit, stdout } = await status([], { isTTY: true });
    expect(exit).toBe(1);
    expect(stdout).toMatch(/No agent serves "dblab-clone-prod-a-\d+".*environment: "prod"/);
    expect(stdout).toMatch(/│ nobody +│/);
  });

  test('an Engine that is down: the reason, and nothing is claimed about clones', async () => {
    await engine.stop();
    const { exit, stdout } = await status([], { isTTY: true });
    expect(exit).toBe(1);
    expect(stdout).toMatch(/✗ Not known whether all is in step\..*\n {2}Nothing listens at .*--dblab-url/);
    expect(stdout).toContain('Which clones there are is not known.');
  });

  test('without its settings: exit code 2 with all that are missing', async () => {
    const { exit, stdout, stderr } = await status([], { env: {} });
    expect({ exit, stdout }).toEqual({ exit: 2, stdout: '' });
    expect(stderr).toMatch(
      /^No sidecar answers at localhost:9877[\s\S]*--environment-id[\s\S]*--dblab-token/,
    );
    expect(stderr).not.toContain('--webhook-secret');
  });

  test('--watch is for people: no documents', async () => {
    expect(await status(['--watch', '-o', 'json'])).toMatchObject({ exit: 2 });
  });

  test('--watch prints a line per change where there is no terminal, and ends with 0', async () => {
    const stop = new AbortController();
    const watching = watch({ signal: stop.signal });
    await watching.until(/Z Not in step: 0 of 0 clones registered, 1 change due\.\n.*Z due: create app/);
    await createReady('a');
    await watching.until(/Z Not in step: 0 of 1 clones registered, 2 changes due\.\n.*Z due: create db/);
    await putInStep();
    await watching.until(/Z In step: 1 of 1[\s\S]*Z clone a: OK, registered as \S+, served by localhost\n/);
    const said = watching.stdout();
    engine.destroy('a');
    await engine.settled('a');
    await watching.until(/Z clone a: gone\n/);
    expect(watching.stdout().slice(said.length)).not.toContain('registered as');
    stop.abort();
    expect(await watching.exit).toBe(0);
  });

  test.each(['q', '\u0003'])('--watch redraws in place on a terminal until %j', async (key) => {
    const terminal = { input: new PassThrough(), output: new PassThrough() };
    const watching = watch({ isTTY: true, terminal });
    await watching.until(/q ends\.[\s\S]*in step[\s\S]*q ends\./);
    terminal.input.write(key);
    expect(await watching.exit).toBe(0);
    const [, afterwards] = watching.stdout().split('\u001b[?1049l');
    expect(afterwards).toMatch(/Not in step: 0 of 0 clones registered, 1 change due\./);
  });
});

describe('dblab teleport status, of a sidecar', () => {
  const ask = async (body: unknown, argv: readonly string[] = [], typed: Typed = {}) =>
    status(['--status-addr', (await sidecarThatSays(body)).address, ...argv], { env: {}, ...typed });

  test('in step: nothing but its address is needed', async () => {
    const { exit, stdout, stderr } = await ask(SAID, ['-o', 'table']);
    expect({ exit, stderr }).toEqual({ exit: 0, stderr: '' });
    expect(stdout).toMatch(
      /^✓ In step: 1 of 2 clones registered\.\nEnvironment prod, as its sidecar at 127\.0\.0\.1:\d+ sees it \(by api\)\.\n/,
    );
    expect(stdout).toMatch(/│ a +│ OK +│ 6000 │ registered +│ db-a +│ db-host +│/);
    expect(stdout).toMatch(/│ b +│ CREATING │ - +│ not-offered +│ - +│ not known +│/);
  });

  test('its troubles come first, with exit code 1, and command no terminal', async () => {
    const troubles = ['The Engine is down.\u001b[2J'];
    const { exit, stdout } = await ask({ ...SAID, ready: false, troubles }, [], { isTTY: true });
    expect(exit).toBe(1);
    expect(stdout).toMatch(
      /✗ Not in step: 1 of 2 clones registered\..*\n {2}The Engine is down\.\\u001b\[2J\n/,
    );
  });

  test('as a document', async () => {
    expect(JSON.parse((await ask(SAID)).stdout)).toMatchObject({
      environment: 'prod',
      inStep: true,
      lookedAt: SAID.lookedAt,
      clones: [{ id: 'a', servedBy: ['db-host'] }, { id: 'b' }],
      source: { kind: 'sidecar' },
    });
  });

  test.each([
    ['of another environment', { ...SAID, environment: 'staging' }, /serves environment \\"staging\\"/],
    ['of another kind', '<html>', /is no sidecar, or one of another version/],
  ])('one %s is not believed', async (_, body, because) => {
    const { stdout } = await ask(body, [], { env: settings() });
    expect(JSON.parse(stdout).source.kind).toBe('direct');
    expect(stdout).toMatch(because);
  });

  test('--watch goes on when it no longer answers, and says so', async () => {
    const stop = new AbortController();
    const sidecar = await sidecarThatSays(SAID);
    const watching = watch({ env: { DBLAB_TELEPORT_STATUS_ADDR: sidecar.address }, signal: stop.signal });
    await watching.until(/Z In step: 1 of 2/);
    sidecar.close();
    await watching.until(/Z Not in step: 1 of 2.*\n.*No sidecar answers at .*What it said last is shown/);
    stop.abort();
    expect(await watching.exit).toBe(0);
  });
});

const lastLine = async () => (await status(['-o', 'table'])).stdout;

async function createReady(id: string): Promise<void> {
  engine.create({ id });
  await engine.settled(id);
}

/** Runs `--watch` with short pauses. */
function watch({ isTTY = false, env, signal, terminal }: Typed) {
  const written: string[] = [];
  const pauses = [2_000, 5_000];
  const exit = run(['teleport', 'status', '--watch'], {
    env: env ?? settings(),
    home: '/nonexistent',
    stdout: { isTTY, rows: 30, columns: 200, write: (text) => written.push(text) },
    stderr: { isTTY, write: () => true },
    ...(terminal && { terminal }),
    clock: {
      ...systemClock,
      sleep: (ms, until) => systemClock.sleep(pauses.includes(ms) ? 20 : ms, until),
    },
    signal: signal ?? new AbortController().signal,
  });
  const stdout = () => written.join('');
  return {
    exit,
    stdout,
    until: (pattern: RegExp) => expect.poll(stdout, { timeout: 10_000 }).toMatch(pattern),
  };
}
