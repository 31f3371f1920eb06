import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { FakeClock } from '../../testing/fake-clock.ts';
import type { SandboxTeleport } from '../teleport/teleport.ts';
import { startSandboxTeleport } from '../teleport/teleport.ts';
import { database, recordedCases } from './recorded-cases.ts';

const TCTL = resolve('dist/tctl.js');
const LONGER_THAN_ANY_LAG_MS = 5000;

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sandbox-tctl-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

interface Run {
  readonly args: readonly string[];
  readonly stdin?: string | undefined;
  readonly env?: Readonly<Record<string, string>>;
}

/** Runs the executable itself, as `--tctl-path` does. */
async function tctl({ args, stdin = '', env = {} }: Run) {
  const { exitCode, stdout, stderr } = await execa(TCTL, args, {
    input: stdin,
    reject: false,
    stripFinalNewline: false,
    env: { TELEPORT_CONFIG_FILE: '', ...env },
  });
  return { exit: exitCode, stdout, stderr };
}

async function writeIdentities(teleport: SandboxTeleport): Promise<void> {
  teleport.setRole('powerless', { dbLabels: {}, appLabels: {}, rules: [] });
  await teleport.issueIdentity({ file: join(folder, 'valid') });
  await teleport.issueIdentity({ file: join(folder, 'powerless'), roles: ['powerless'] });
  await teleport.issueIdentity({ file: join(folder, 'expired'), ttlMs: -60_000 });
  const whole = await readFile(join(folder, 'valid'), 'utf8');
  await writeFile(join(folder, 'garbled'), whole.slice(0, whole.indexOf('-----END CERTIFICATE')));
}

describe.each(['18.0.0', '15.1.4'] as const)('tctl %s answers as recorded', (version) => {
  const clock = new FakeClock();
  let teleport: SandboxTeleport;

  beforeAll(async () => {
    teleport = await startSandboxTeleport({ version, clock });
    await writeIdentities(teleport);
  });
  afterAll(() => teleport.close());

  it.each(recordedCases)('$title', async ({ args, stdin, identity = 'valid', ...recorded }) => {
    const { late, wants } = { ...recorded, ...(version === '15.1.4' ? recorded.old : {}) };
    if (late) await clock.advance(LONGER_THAN_ANY_LAG_MS);
    const isReachable = identity !== 'unreachable';
    const file = join(folder, isReachable ? identity : 'valid');
    const authServer = isReachable ? teleport.proxyAddress : 'localhost:1';

    const got = await tctl({ args: ['--identity', file, '--auth-server', authServer, ...args], stdin });

    const error = wants.error === undefined ? '' : `\u001b[31mERROR: \u001b[0m${wants.error}\n\n`;
    expect(got.stderr).toBe(wants.plainError ?? error);
    if (wants.names === undefined) expect(got.stdout).toBe(wants.stdout);
    else expect(namesIn(got.stdout)).toEqual(wants.names);
    expect(got.exit).toBe(wants.exit);
  });
});

function namesIn(json: string): string[] {
  const documents: { metadata: { name: string } }[] = JSON.parse(json);
  return documents.map(({ metadata }) => metadata.name);
}

describe('the tctl executable', () => {
  let teleport: SandboxTeleport;
  let flags: string[];

  beforeAll(async () => {
    teleport = await startSandboxTeleport({ cacheLag: { minMs: 0, maxMs: 0 } });
    await writeIdentities(teleport);
    flags = ['--identity', join(folder, 'valid'), '--auth-server', teleport.proxyAddress];
  });
  afterAll(() => teleport.close());

  it('refuses to run while a local configuration would win over the identity', async () => {
    const config = join(folder, 'teleport.yaml');
    await writeFile(config, 'auth_service: {enabled: yes}\n');
    const got = await tctl({ args: [...flags, 'get', 'db'], env: { TELEPORT_CONFIG_FILE: config } });
    expect(got).toMatchObject({ exit: 1, stderr: expect.stringContaining('would win over --identity') });
  });

  it('takes its documents from a file as well as from its input', async () => {
    const file = join(folder, 'from-file.yaml');
    await writeFile(file, database('from-file'));
    const fromFile = await tctl({ args: [...flags, 'create', file] });
    const fromDash = await tctl({ args: [...flags, 'create', '-f', '-'], stdin: database('from-dash') });
    expect([fromFile, fromDash]).toMatchObject([{ exit: 0 }, { exit: 0 }]);
    expect(teleport.databases().map(({ metadata }) => metadata.name)).toEqual(['from-dash', 'from-file']);
  });

  it('never sends the private key', async () => {
    const whole = await readFile(join(folder, 'valid'), 'utf8');
    const [key = ''] = /-----BEGIN PRIVATE KEY[\s\S]*?-----END PRIVATE KEY-----\n/.exec(whole) ?? [];
    const file = join(folder, 'without-key');
    await writeFile(file, whole.replace(key, '-----BEGIN PRIVATE KEY-----\n-----END PRIVATE KEY-----\n'));
    const args = ['--identity', file, '--auth-server', teleport.proxyAddress, 'get', 'app', '--format=json'];
    expect(key).not.toBe('');
    expect(await tctl({ args })).toEqual({ exit: 0, stdout: '[]', stderr: '' });
  });

  it('takes an identity of another cluster for a cluster that cannot be reached', async () => {
    const other = await startSandboxTeleport();
    const file = join(folder, 'foreign');
    await other.issueIdentity({ file });
    await other.close();
    const got = await tctl({ args: ['-i', file, '--auth-server', teleport.proxyAddress, 'get', 'db'] });
    expect(got).toMatchObject({
      exit: 1,
      stderr: expect.stringContaining('Cannot connect to the auth server'),
    });
  });

  it('tells its version without an identity and without a cluster', async () => {
    expect(await tctl({ args: ['version'] })).toMatchObject({
      exit: 0,
      stdout: expect.stringMatching(/^Teleport v18/),
    });
  });
});
