import { access, chmod, mkdtemp, readFile, rm, stat, unlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { rootCertificates } from 'node:tls';
import { afterEach, beforeAll, beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { parse } from 'yaml';
import { type Clock, systemClock } from '../lib/clock.ts';
import { silentLog } from '../lib/log.ts';
import { type FakeRun, fakeTctl, hangingMark, runsOf } from '../testing/fake-tctl.ts';
import { identityText, makeIdentity } from '../testing/identity.ts';
import type { App, Database } from './resource.ts';
import { openTctl, type TctlOptions } from './tctl.ts';
import type { Change, Teleport } from './teleport.ts';

const OK = { ok: true };
const failed = (code: string) => ({ ok: false, error: expect.objectContaining({ code }) });

let validIdentity: string;
let folder: string;
let opened: Teleport[];

beforeAll(async () => {
  validIdentity = identityText(await makeIdentity({ expiresAt: Date.now() + 3600_000 }));
});
beforeEach(async () => {
  opened = [];
  folder = await mkdtemp(join(tmpdir(), 'dblab-tctl-test-'));
  await writeFile(join(folder, 'identity'), validIdentity, { mode: 0o600 });
});
afterEach(async () => {
  await Promise.all(opened.map((it) => it.close()));
  await rm(folder, { recursive: true, force: true });
});

async function open(
  behaviour: (run: FakeRun) => void,
  options: Partial<TctlOptions> = {},
): Promise<Teleport> {
  const teleport = openTctl({
    tctlPath: await fakeTctl(folder, behaviour),
    proxy: 'proxy.example.com:443',
    identityFile: join(folder, 'identity'),
    env: { PATH: process.env['PATH'] },
    clock: systemClock,
    log: silentLog,
    ...options,
  });
  opened.push(teleport);
  return teleport;
}

function database(name: string): Database {
  const labels = { dblab: 'true' };
  return { kind: 'db', name, labels, protocol: 'postgres', uri: '127.0.0.1:6000', tlsMode: 'insecure' };
}
const app: App = {
  kind: 'app',
  name: 'api',
  labels: {},
  uri: 'http://127.0.0.1:2345',
  insecureSkipVerify: false,
};
const create = (resource: Database | App): Change => ({ action: 'create', resource });
const update = (resource: Database): Change => ({ action: 'update', resource, current: resource });
const remove = (name: string): Change => ({ action: 'delete', current: database(name) });
const creates = (...names: string[]) => names.map((it) => create(database(it)));

const TIMEOUT_MS = 30_000;
/** Time is up when the file exists: not before the process has come to where it is to be caught. */
const timeUpWith = (file: string): Clock => ({
  ...systemClock,
  sleep: async (ms, signal) => {
    while (ms === TIMEOUT_MS && !signal?.aborted && (await isMissing(file))) await systemClock.sleep(20);
    if (ms !== TIMEOUT_MS) await systemClock.sleep(ms, signal);
  },
});
const isMissing = (file: string) =>
  readFile(file, 'utf8').then(
    () => false,
    () => true,
  );

/** The arguments after the global flags, run by run. */
const commands = async () => (await runsOf(folder)).map((it) => it.argv.slice(4).join(' '));

const isAlive = (pid: number) => {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
};

describe('how tctl is run', () => {
  it('gets the global flags first, a home of its own and none of our secrets', async () => {
    const teleport = await open(({ print }) => print('[]'), {
      env: {
        PATH: process.env['PATH'],
        HOME: '/root',
        DBLAB_TOKEN: 's',
        WEBHOOK_SECRET: 's',
        HTTPS_PROXY: 'p:1',
        TELEPORT_IDENTITY_FILE: 'x',
      },
    });
    await teleport.list();
    const [run] = await runsOf(folder);
    expect(run?.argv).toEqual([
      '--identity',
      join(folder, 'identity'),
      '--auth-server',
      'proxy.example.com:443',
      'get',
      'db,app',
      '--format=yaml',
    ]);
    const { HOME: home, ...env } = run?.env ?? {};
    expect(env).toEqual({
      PATH: process.env['PATH'],
      HTTPS_PROXY: 'p:1',
      TELEPORT_HOME: home,
      TELEPORT_CONFIG_FILE: '',
      TELEPORT_TOOLS_VERSION: 'off',
    });
    expect((await stat(String(home))).mode & 0o777).toBe(0o700);
    await teleport.close();
    await expect(access(String(home))).rejects.toThrow();
  });

  it('is told to trust the CA file besides the roots of the system, also when either went away or changed', async () => {
    const caFile = join(folder, 'ca.pem');
    await writeFile(caFile, 'OWN AUTHORITY');
    await writeFile(join(folder, 'roots.pem'), rootCertificates[0] ?? '');
    const teleport = await open(({ print }) => print('[]'), {
      caFile,
      env: { SSL_CERT_FILE: join(folder, 'roots.pem') },
    });
    const trusted = async () => {
      await teleport.list();
      const bundle = (await runsOf(folder)).at(-1)?.env['SSL_CERT_FILE'] ?? '';
      return { bundle, text: await readFile(bundle, 'utf8') };
    };
    const { bundle, text } = await trusted();
    expect(text).toBe(`${rootCertificates[0]}\nOWN AUTHORITY`);
    await rm(join(bundle, '..'), { recursive: true });
    expect((await trusted()).text).toContain('OWN AUTHORITY');
    await writeFile(caFile, 'ANOTHER AUTHORITY');
    expect((await trusted()).text).toContain('ANOTHER AUTHORITY');
    await unlink(caFile);
    await expect(teleport.list()).rejects.toThrow(/--teleport-ca-file/);
    await expect(teleport.apply(creates('a'))).resolves.toEqual([failed('unknown')]);
  });

  it('is not run at all while the identity is missing, damaged or expired', async () => {
    const identityFile = join(folder, 'identity');
    const teleport = await open(({ print }) => print('[]'));
    await unlink(identityFile);
    await expect(teleport.list()).rejects.toMatchObject({ code: 'identity-missing' });
    await writeFile(identityFile, validIdentity.slice(0, 600));
    await expect(teleport.list()).rejects.toMatchObject({ code: 'identity-invalid' });
    await writeFile(identityFile, identityText(await makeIdentity({ expiresAt: Date.now() - 60_000 })));
    await expect(teleport.list()).rejects.toMatchObject({ code: 'identity-expired' });
    await expect(teleport.apply([...creates('a'), remove('b')])).resolves.toEqual([
      failed('identity-expired'),
      failed('identity-expired'),
    ]);
    expect(await commands()).toEqual([]);
    await writeFile(identityFile, validIdentity);
    await expect(teleport.list()).resolves.toEqual([]);
  });

  it('says so when no folder can be made for it', async () => {
    const teleport = await open(({ print }) => print('[]'));
    vi.stubEnv('TMPDIR', join(folder, 'nowhere'));
    onTestFinished(() => void vi.unstubAllEnvs());
    await expect(teleport.list()).rejects.toMatchObject({
      code: 'unknown',
      message: expect.stringMatching(/No folder .*nowhere/),
    });
    vi.unstubAllEnvs();
    await expect(teleport.list()).resolves.toEqual([]);
  });

  it('is stopped, and waited for, when the caller is', async () => {
    const teleport = await open(({ hang }) => hang());
    const stop = new AbortController();
    const listing = teleport.list(stop.signal);
    const applying = teleport.apply(creates('a'), stop.signal);
    const pids = await vi.waitFor(async () => {
      const runs = await runsOf(folder);
      expect(runs).toHaveLength(2);
      return runs.map((it) => it.pid);
    });
    stop.abort(new Error('enough'));
    const reason = expect.objectContaining({ message: 'enough' });
    const rejected = { status: 'rejected', reason };
    expect(await Promise.allSettled([listing, applying])).toEqual([rejected, rejected]);
    expect(pids.filter(isAlive)).toEqual([]);
  });

  it('is stopped when the transport is closed', async () => {
    const teleport = await open(({ hang }) => hang());
    const listing = expect(teleport.list()).rejects.toThrow('closed');
    const [run] = await vi.waitFor(async () => {
      const runs = await runsOf(folder);
      expect(runs).toHaveLength(1);
      return runs;
    });
    await teleport.close();
    expect(isAlive(run?.pid ?? 0)).toBe(false);
    await listing;
  });
});

describe('list', () => {
  it('reads databases and apps, whoever made them, with all that is in them', async () => {
    const teleport = await open(({ print }) =>
      print(
        'kind: db\nmetadata:\n  description: mine\n  labels:\n    dblab: "true"\n    teleport.dev/origin: dynamic\n  name: a-6000\n  revision: 2eef7e04\nspec:\n  aws: {}\n  protocol: postgres\n  tls:\n    mode: 2\n  uri: 127.0.0.1:6000\nversion: v3\n---\n' +
          'kind: app\nmetadata:\n  name: api\nspec:\n  insecure_skip_verify: true\n  uri: https://h\nversion: v3\n',
      ),
    );
    await expect(teleport.list()).resolves.toEqual([
      {
        ...database('a-6000'),
        labels: { dblab: 'true', 'teleport.dev/origin': 'dynamic' },
        source: expect.objectContaining({ metadata: expect.objectContaining({ description: 'mine' }) }),
      },
      { ...app, uri: 'https://h', insecureSkipVerify: true, source: expect.anything() },
    ]);
  });

  it('does not take an alert on stderr for a failure', async () => {
    const teleport = await open(({ print }) => {
      process.stderr.write('your cluster needs an upgrade\n');
      print('[]');
    });
    await expect(teleport.list()).resolves.toEqual([]);
  });

  it.each<[string, (run: FakeRun) => void, string, RegExp]>([
    [
      'Teleport cannot be reached',
      ({ fail }) =>
        fail('Cannot connect to the auth server. Is the auth server running on "proxy.example.com:443"?'),
      'unreachable',
      /proxy\.example\.com:443 \(--teleport-proxy\).* -d --identity /,
    ],
    [
      'tctl finds the identity expired',
      ({ fail }) => fail('your credentials have expired, please log in using `tsh login`'),
      'identity-expired',
      /identity.* expired.*tbot as a service/,
    ],
    ['tctl says something new', ({ fail }) => fail('out of cheese'), 'unknown', /out of cheese/],
    ['tctl dies without a word', () => process.kill(process.pid, 'SIGKILL'), 'unknown', /SIGKILL/],
    ['the list is no YAML', ({ print }) => print('a: ['), 'unknown', /cannot be read/],
    ['the list is endless', ({ print }) => print('#'.repeat(65 * 1024 * 1024)), 'unknown', /64 MiB/],
  ])('explains itself when %s', async (_what, behaviour, code, message) => {
    const teleport = await open(behaviour);
    await expect(teleport.list()).rejects.toMatchObject({ code, message: expect.stringMatching(message) });
  });

  it('says which flag names tctl when there is none, or none that runs', async () => {
    const tctlPath = join(folder, 'nothing');
    const teleport = await open(() => {}, { tctlPath });
    await expect(teleport.list()).rejects.toMatchObject({
      code: 'tctl-missing',
      message: expect.stringMatching(/nothing.*--tctl-path/),
    });
    await writeFile(tctlPath, 'x');
    await chmod(tctlPath, 0o644);
    await expect(teleport.list()).rejects.toMatchObject({
      code: 'tctl-missing',
      message: expect.stringMatching(/EACCES.*--tctl-path/),
    });
  });

  it('gives up on a tctl that hangs, even if a child of it holds on to the pipes', async () => {
    const tctlPath = join(folder, 'wrapper');
    await writeFile(tctlPath, '#!/bin/sh\nsleep 600 &\necho $! >"$0.new"\nmv "$0.new" "$0.pid"\nwait\n', {
      mode: 0o755,
    });
    const teleport = await open(() => {}, { tctlPath, clock: timeUpWith(`${tctlPath}.pid`) });
    await expect(teleport.list()).rejects.toMatchObject({
      code: 'timeout',
      message: expect.stringContaining('30 s'),
    });
    process.kill(Number(await readFile(`${tctlPath}.pid`, 'utf8')));
  });
});

describe('apply', () => {
  it('creates all in one run that overwrites nothing, databases first, and answers in the given order', async () => {
    const teleport = await open(({ names, created, fail }) => {
      for (const name of names.slice(0, 2)) created(name);
      fail('access to app denied. User does not have permissions. ');
    });
    const outcomes = await teleport.apply([create(app), ...creates('a', 'b')]);
    expect(outcomes).toEqual([failed('labels-denied'), OK, OK]);
    expect(outcomes[0]).toMatchObject({
      error: { message: expect.stringMatching(/spec\.allow.*"app_labels:" and " {2}'\*': '\*'"/) },
    });
    expect(await commands()).toEqual(['create']);
  });

  it('goes on behind a document that is refused', async () => {
    const teleport = await open(({ names, created, fail }) => {
      for (const name of names) {
        if (name.includes('_')) fail(`invalid database name\n\t"${name}" does not match regex`);
        created(name);
      }
    });
    await expect(teleport.apply(creates('a', 'b_', 'c', 'd_', 'e'))).resolves.toEqual([
      OK,
      failed('invalid'),
      OK,
      failed('invalid'),
      OK,
    ]);
    expect(await commands()).toHaveLength(3);
  });

  it('updates from the document that was read, with -f', async () => {
    const teleport = await open(({ names, created }) => {
      for (const name of names) created(name, 'updated');
    });
    const source = { metadata: { description: 'mine', revision: '1' }, spec: {} };
    const current = { ...database('a'), labels: { old: 'x', 'teleport.dev/origin': 'dynamic' }, source };
    await expect(teleport.apply([{ action: 'update', resource: database('a'), current }])).resolves.toEqual([
      OK,
    ]);
    const [run] = await runsOf(folder);
    expect(run?.argv.slice(4)).toEqual(['create', '-f']);
    expect(parse(run?.input ?? '')).toMatchObject({
      metadata: {
        name: 'a',
        description: 'mine',
        labels: { dblab: 'true', 'teleport.dev/origin': 'dynamic' },
      },
    });
  });

  it('counts what was done before Teleport went away, and asks no more', async () => {
    const teleport = await open(({ names, created, fail }) => {
      created(names[0] ?? '');
      fail('connection error: desc = "error reading server preface: EOF"');
    });
    const changes = [...creates('a', 'b', 'c'), update(database('d')), remove('e')];
    const outcomes = await teleport.apply(changes);
    expect(outcomes).toEqual([OK, ...Array(4).fill(failed('unreachable'))]);
    expect(await commands()).toHaveLength(1);
  });

  it('counts what was done before a run that hangs was stopped', async () => {
    const teleport = await open(
      ({ names, created, hang }) => {
        created(names[0] ?? '');
        hang();
      },
      { clock: timeUpWith(hangingMark(folder)) },
    );
    await expect(teleport.apply(creates('a', 'b'))).resolves.toEqual([OK, failed('timeout')]);
    const [run] = await runsOf(folder);
    expect(isAlive(run?.pid ?? 0)).toBe(false);
  });

  it('is not misled by lines about other things', async () => {
    const teleport = await open(({ print, created, fail }) => {
      print('database "z" has been created\nhello\n');
      created('a');
      fail('out of cheese');
    });
    const outcomes = await teleport.apply(creates('a', 'b'));
    expect(outcomes).toEqual([OK, failed('unknown')]);
  });

  it('asks once where the role lacks a right, and goes on with the other kind', async () => {
    const teleport = await open(({ input, fail, print }) => {
      if (input.includes('kind: "db"')) fail('access denied to perform action "create" on "db"');
      print('app "api" has been created\n');
    });
    await expect(teleport.apply([...creates('a', 'b', 'c'), create(app)])).resolves.toEqual([
      ...Array(3).fill(failed('rule-denied')),
      OK,
    ]);
    expect(await commands()).toEqual(['create', 'create']);
  });

  it('leaves the rest for another time after ten refusals in a row', async () => {
    const teleport = await open(({ names, fail }) =>
      fail(`use -f or --force flag to overwrite\n\tdatabase "${names[0]}" already exists`),
    );
    const outcomes = await teleport.apply(creates(...Array.from({ length: 12 }, (_, index) => `n${index}`)));
    expect(outcomes).toEqual([
      ...Array(10).fill(failed('already-exists')),
      ...Array(2).fill(failed('unknown')),
    ]);
    expect(outcomes[11]).toMatchObject({
      error: { message: expect.stringMatching(/Not tried.*exists in Teleport already/) },
    });
    expect(await commands()).toHaveLength(10);
  });

  it('packs at most 500 documents into a run', async () => {
    const teleport = await open(({ names, created }) => {
      for (const name of names) created(name);
    });
    const outcomes = await teleport.apply(creates(...Array.from({ length: 501 }, (_, index) => `n${index}`)));
    expect(outcomes.filter((it) => it.ok)).toHaveLength(501);
    expect(await commands()).toHaveLength(2);
  });

  it('removes one by one, and a remove that fails stops no other', async () => {
    const teleport = await open(({ args, print, fail }) => {
      const name = args[1]?.slice('db/'.length);
      if (name === 'b') fail('database "b" not found');
      print(`database "${name}" has been deleted\n`);
    });
    const names = ['a', 'b', 'c', 'd', 'e', 'f'];
    await expect(teleport.apply(names.map(remove))).resolves.toEqual([
      OK,
      failed('not-found'),
      OK,
      OK,
      OK,
      OK,
    ]);
    expect((await commands()).sort()).toEqual(names.map((it) => `rm db/${it}`));
  });

  it('runs four removes side by side, and none after one that could not reach Teleport', async () => {
    const teleport = await open(({ fail }) => fail('Cannot connect to the auth server.'));
    const outcomes = await teleport.apply(Array.from({ length: 40 }, (_, index) => remove(`n${index}`)));
    expect(outcomes).toEqual(Array(40).fill(failed('unreachable')));
    expect(await commands()).toHaveLength(4);
  });

  it('keeps the facts of the run as the cause, cut short', async () => {
    const teleport = await open(({ fail }) => fail('x'.repeat(100_000)));
    const [outcome] = await teleport.apply(creates('a'));
    const { error } = outcome as { error: Error };
    expect(error.message.length).toBeLessThan(1000);
    expect(error.cause).toMatchObject({
      kind: 'exit',
      exitCode: 1,
      args: expect.arrayContaining(['create']),
    });
    expect((error.cause as { stderr: string }).stderr.length).toBeLessThanOrEqual(4096);
  });
});
