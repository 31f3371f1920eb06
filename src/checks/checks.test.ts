import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { systemClock } from '../lib/clock.ts';
import { silentLog } from '../lib/log.ts';
import { Secret } from '../lib/secret.ts';
import { createAuthority } from '../sandbox/teleport/authority.ts';
import { serveWebhook } from '../server/webhook.ts';
import type { Site } from '../site/site.ts';
import { TeleportError } from '../teleport/error.ts';
import { writeCertificate } from '../testing/certificate.ts';
import { CHECKS } from './list.ts';

/* What the whole program is not led into: worlds that the stand-ins do not make. */

type World = { [Part in keyof Site]?: unknown };

const NOW = Date.UTC(2026, 0, 1);
const CONFIG = {
  environmentId: 'prod',
  proxy: 'p:443',
  cloneHost: '127.0.0.1',
  transport: 'auto',
  app: { uri: 'x' },
  root: '/',
};
const signal = new AbortController().signal;
const proxy = (facts: object) => async () => ({
  cluster: 'c',
  hasTlsRouting: true,
  version: '18.0.0',
  time: NOW,
  ...facts,
});
const tctl = (said: string) => ({ ask: async () => said });
const NO_TCTL = { ask: () => Promise.reject(new TeleportError('tctl-missing', 'There is no tctl.')) };
const seen = (clones: object[]) => async () => ({ clones, app: 'registered', troubles: [] });
const CLONE = { id: 'a', status: 'OK', standing: 'registered', name: 'db-a', servedBy: ['h'] };

async function verdictOf(id: string, world: World): Promise<string> {
  const check = CHECKS.find((it) => it.id === id);
  const clock = { ...systemClock, now: () => NOW };
  const site = { config: CONFIG, signal, clock, env: process.env, ...world } as unknown as Site;
  return (await check?.inspect(site))?.verdict ?? 'no such check';
}

it.each<[string, World, string]>([
  ['proxy-version', { proxy: proxy({ version: '13.4.2' }) }, 'fail'],
  ['proxy-version', { proxy: proxy({ version: '14.0.0' }) }, 'pass'],
  ['proxy-version', { proxy: proxy({ version: '' }) }, 'skipped'],
  ['clock-skew', { proxy: proxy({ time: NOW - 29_000 }) }, 'pass'],
  ['clock-skew', { proxy: proxy({ time: NOW + 60_000 }) }, 'warn'],
  ['clock-skew', { proxy: proxy({ time: NOW - 3_600_000 }) }, 'fail'],
  ['clock-skew', { proxy: proxy({ time: undefined }) }, 'skipped'],
  ['tls-routing', { proxy: proxy({ hasTlsRouting: false }) }, 'warn'],
  ['tctl-version', { proxy: proxy({}), admin: tctl('Teleport v17.5.1 git:v17 go1.24') }, 'pass'],
  ['tctl-version', { proxy: proxy({}), admin: tctl('Teleport v16.0.0 git:v16 go1.22') }, 'fail'],
  ['tctl-version', { proxy: proxy({}), admin: tctl('nonsense') }, 'skipped'],
  ['tctl-version', { proxy: proxy({}), admin: NO_TCTL }, 'skipped'],
  ['agent-serves-clones', { picture: seen([{ ...CLONE, servedBy: [] }, CLONE]) }, 'fail'],
  ['agent-serves-clones', { picture: seen([CLONE]) }, 'pass'],
  ['agent-serves-clones', { picture: seen([{ ...CLONE, servedBy: null }]) }, 'skipped'],
  ['agent-serves-app', { picture: seen([]), servers: async () => [] }, 'warn'],
  ['agent-matches', { agents: () => Promise.reject(new TeleportError('rule-denied', 'no')) }, 'skipped'],
  ['role-databases', { roles: () => Promise.reject(new TeleportError('unreachable', 'no')) }, 'skipped'],
  ['secrets-file-mode', { files: { standing: async () => undefined }, paths: {} }, 'skipped'],
])('%s in %j: %s', async (id, world, verdict) => {
  expect(await verdictOf(id, world)).toBe(verdict);
});

it('a webhook is tried over TLS where the sidecar takes it so', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'dblab-checks-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const tls = { cert: join(folder, 'cert.pem'), key: join(folder, 'key.pem') };
  await writeCertificate(await createAuthority('example.com', Date.now()), tls);
  const secrets = [new Secret('right')];
  const server = await serveWebhook({
    ...{ secrets, tls: { files: tls, log: silentLog }, log: silentLog, clock: systemClock },
    ...{ address: { host: '127.0.0.1', port: 0 }, flag: 'listen-addr', onHint: () => {} },
  });
  onTestFinished(() => server.close());
  const config = { ...CONFIG, listen: server.address, webhookSecrets: secrets };
  expect(await verdictOf('webhook-delivery', { config: { ...config, tls } })).toBe('pass');
  expect(await verdictOf('webhook-delivery', { config })).toBe('fail');
});

it('tctl that is missing is a failure where it is the only way', async () => {
  const config = { ...CONFIG, transport: 'tctl' };
  await expect(verdictOf('tctl-version', { config, proxy: proxy({}), admin: NO_TCTL })).rejects.toThrow(
    'There is no tctl.',
  );
});

it.each([
  ['wget: server returned error: HTTP/1.1 405 Method Not Allowed', 1, 'pass'],
  ["wget: can't connect to remote host (172.17.0.1): Connection refused", 1, 'fail'],
  ['wget: download timed out', 1, 'fail'],
  ['Error response from daemon: No such container: dblab_server', 1, 'skipped'],
  ['OCI runtime exec failed: exec failed: "wget": executable file not found', 127, 'skipped'],
])('webhook-from-engine, where docker says %j', async (said, exit, verdict) => {
  const folder = mkdtempSync(join(tmpdir(), 'dblab-docker-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const docker = join(folder, 'docker');
  const program = `process.stderr.write(${JSON.stringify(said)}); process.exitCode = ${exit};`;
  writeFileSync(docker, `#!${process.execPath}\n${program}\n`);
  chmodSync(docker, 0o755);
  const hook = { url: 'http://172.17.0.1:9876/teleport-sync', secret: 's', triggers: [] };
  const serverYml = async () => ({ state: 'read', value: { hooks: [hook] } });
  const config = { ...CONFIG, engineContainer: 'dblab_server' };
  expect(await verdictOf('webhook-from-engine', { config, serverYml, env: { PATH: folder } })).toBe(verdict);
});

it('webhook-from-engine is skipped where there is no docker', async () => {
  const serverYml = async () => ({ state: 'read', value: { hooks: [{ url: 'http://h:1/teleport-sync' }] } });
  const config = { ...CONFIG, engineContainer: 'dblab_server' };
  expect(await verdictOf('webhook-from-engine', { config, serverYml, env: { PATH: '/nonexistent' } })).toBe(
    'skipped',
  );
});
