import { mkdtemp, rm } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { execa } from 'execa';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { FakeClock } from '../../testing/fake-clock.ts';
import { database } from '../tctl/recorded-cases.ts';
import type { SandboxTeleport } from './teleport.ts';
import { startSandboxTeleport } from './teleport.ts';

const TCTL = resolve('dist/tctl.js');

let folder: string;
let teleport: SandboxTeleport;
const clock = new FakeClock();

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sandbox-teleport-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));
beforeEach(async () => {
  teleport = await startSandboxTeleport({ clock, cacheLag: { minMs: 0, maxMs: 0 } });
  await teleport.issueIdentity({ file: join(folder, 'identity') });
});
afterEach(() => teleport.close());

function start(args: readonly string[], stdin = '') {
  const flags = ['--identity', join(folder, 'identity'), '--auth-server', teleport.proxyAddress];
  return execa(TCTL, [...flags, ...args], {
    input: stdin,
    reject: false,
    env: { TELEPORT_CONFIG_FILE: '' },
  });
}

const names = () => teleport.databases().map(({ metadata }) => metadata.name);

describe('a cluster that fails', () => {
  it('is not reachable while it is stopped, and comes back at the same address with all it knew', async () => {
    const address = teleport.proxyAddress;
    teleport.put({ kind: 'db', metadata: { name: 'a' }, spec: { protocol: 'postgres', uri: 'h:1' } });
    await teleport.stop();
    const stopped = await start(['get', 'db', '--format=json']);
    expect([stopped.exitCode, stopped.stderr]).toEqual([1, expect.stringContaining('Cannot connect')]);
    await teleport.start();
    expect(teleport.proxyAddress).toBe(address);
    const back = await start(['get', 'db', '--format=json']);
    expect(JSON.parse(back.stdout)).toMatchObject([{ metadata: { name: 'a' } }]);
  });

  it('leaves its callers waiting while it hangs, and lets go of those who leave', async () => {
    teleport.setFault({ kind: 'hang' });
    const waiting = start(['create'], database('a'));
    await expect.poll(() => teleport.counters().tctlRuns, { timeout: 30_000 }).toBe(1);
    waiting.kill();
    expect((await waiting).signal).toBe('SIGTERM');
    expect(names()).toEqual([]);
    teleport.setFault(undefined);
    await start(['get', 'db']);
    expect(teleport.counters()).toMatchObject({ tctlRuns: 2, tctlAtOnce: 1 });
  });

  it('writes at once and answers late while it is slow', async () => {
    teleport.setFault({ kind: 'slow', ms: 10_000 });
    const written = new Promise((resolve) => teleport.onChange(resolve));
    const waiting = start(['create'], database('a'));
    expect(await written).toMatchObject({ action: 'create', name: 'a' });
    await clock.advance(9_999);
    expect(waiting.exitCode).toBeNull();
    await clock.advance(1);
    expect((await waiting).stdout).toBe('database "a" has been created');
  });

  it('refuses everything with the text it was given', async () => {
    teleport.setFault({ kind: 'refuse', text: 'rate limit exceeded' });
    const refused = await start(['create'], database('a'));
    expect([refused.exitCode, refused.stderr]).toEqual([1, expect.stringContaining('rate limit exceeded')]);
    expect(names()).toEqual([]);
    teleport.setFault(undefined);
    expect((await start(['create'], database('a'))).exitCode).toBe(0);
  });

  it('keeps the documents that it took before the line was cut', async () => {
    teleport.setFault({ kind: 'drop', afterDocuments: 2 });
    const cut = await start(
      ['create', '-f'],
      ['a', 'b', 'c', 'd'].map((name) => database(name)).join('---\n'),
    );
    expect([cut.exitCode, cut.stdout, cut.stderr]).toEqual([
      1,
      '',
      expect.stringContaining('connection error'),
    ]);
    expect(names()).toEqual(['a', 'b']);
  });
});

describe('the handles behind the curtain', () => {
  it('tell who wrote what, and count what was asked', async () => {
    await start(['create'], `${database('a')}---\n${database('a')}`);
    await start(['get', 'db']);
    teleport.remove('db', 'a');
    expect(teleport.history().map(({ user, action, name }) => `${user} ${action} ${name}`)).toEqual([
      'bot-dblab-sidecar create a',
      'stranger delete a',
    ]);
    expect(teleport.counters()).toMatchObject({ lists: 1, writes: 2, tctlRuns: 2, tctlAtOnce: 1 });
  });

  it('see through the lag and past every role', () => {
    teleport.setCacheLag({ minMs: 1000, maxMs: 1000 });
    teleport.put({ kind: 'app', metadata: { name: 'a' }, spec: { uri: 'h:1' } });
    expect(teleport.apps()).toMatchObject([{ metadata: { labels: { 'teleport.dev/origin': 'dynamic' } } }]);
    expect(teleport.cached('app')).toEqual([]);
    teleport.setCacheLag({ minMs: 0, maxMs: 0 });
    expect(teleport.cached('app')).toHaveLength(1);
  });

  it('refuse a document that Teleport would refuse', () => {
    const document = { kind: 'db', metadata: { name: 'a_b' }, spec: { protocol: 'postgres', uri: 'h:1' } };
    expect(() => teleport.put(document)).toThrow('invalid database name');
  });

  it('change which agents serve, and how soon', async () => {
    const servers = async () =>
      JSON.parse((await start(['get', 'db_server', '--format=json'])).stdout).map(
        ({ spec }: { spec: { hostname: string } }) => spec.hostname,
      );
    await start(['create'], database('a'));
    expect(await servers()).toEqual([]);
    await clock.advance(1000);
    expect(await servers()).toEqual(['localhost']);
    for (const { hostId } of teleport.agents()) teleport.removeAgent(hostId);
    teleport.addAgent({ hostname: 'elsewhere' });
    expect(await servers()).toEqual(['elsewhere']);
    teleport.setAgentDelay(0);
    await start(['rm', 'db/a']);
    expect(await servers()).toEqual([]);
  });
});

describe('the port', () => {
  it.each([
    ['TLS that does not begin with a hello', Buffer.from([0x16, 0x03, 0x01, 0x00, 0x01, 0x02])],
    ['a web client', Buffer.from('GET / HTTP/1.1\r\n\r\n')],
    ['a request that is no request', Buffer.from('{"args": 1}\n')],
  ])('hangs up on %s and goes on', async (_, bytes) => {
    const [host = '', port] = teleport.proxyAddress.split(':');
    const socket = connect({ host, port: Number(port) });
    socket.on('error', () => {});
    socket.write(bytes);
    await new Promise((done) => socket.once('close', done));
    expect(await start(['get', 'db', '--format=json'])).toMatchObject({ stdout: '[]', stderr: '' });
  });
});
