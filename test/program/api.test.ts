import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { systemClock } from '../../src/lib/clock.ts';
import { silentLog } from '../../src/lib/log.ts';
import { Releases } from '../../src/lib/releases.ts';
import {
  type SandboxTeleport,
  type SandboxTeleportOptions,
  startSandboxTeleport,
} from '../../src/sandbox/teleport/teleport.ts';
import { type ApiOptions, type ApiTeleport, openApi } from '../../src/teleport/api.ts';
import type { TeleportEvent } from '../../src/teleport/event.ts';
import type { Database } from '../../src/teleport/resource.ts';

const ROLE = {
  dbLabels: { '*': ['*'] },
  appLabels: { '*': ['*'] },
  rules: [{ resources: ['db', 'app'], verbs: ['list', 'read', 'create', 'update', 'delete'] }],
};
const clone: Database = {
  kind: 'db',
  name: 'dblab-clone-prod-a-6000',
  labels: { dblab: 'true' },
  protocol: 'postgres',
  uri: '127.0.0.1:6000',
  tlsMode: 'insecure',
};
const HOST = { hostname: 'db-host', hostId: '6f1a5a6e-3c1d-4f0a-9f3e-1d2c3b4a5968' };

let releases: Releases;
let folder: string;
let identityFile: string;

beforeEach(async () => {
  releases = new Releases();
  folder = await mkdtemp(join(tmpdir(), 'dblab-api-'));
  releases.add(() => rm(folder, { recursive: true, force: true }));
  identityFile = join(folder, 'identity');
});
afterEach(() => releases.run());

async function start(options: SandboxTeleportOptions = {}): Promise<SandboxTeleport> {
  const cluster = await startSandboxTeleport({
    cacheLag: { minMs: 20, maxMs: 50 },
    agentDelayMs: 50,
    ...options,
  });
  releases.add(() => cluster.close());
  cluster.setRole('under-test', ROLE);
  for (const { hostId } of cluster.agents()) cluster.removeAgent(hostId);
  cluster.addAgent({ ...HOST, resources: [{ dblab: ['true'] }] });
  await issue(cluster);
  return cluster;
}

const issue = (cluster: SandboxTeleport, ttlMs = 3600_000) =>
  cluster.issueIdentity({ file: identityFile, roles: ['under-test'], ttlMs });

function open(proxy: string, options: Partial<ApiOptions> = {}): ApiTeleport {
  const api = openApi({ proxy, identityFile, clock: systemClock, log: silentLog, ...options });
  releases.add(() => api.close());
  return api;
}

/** Hears what is told; `until` waits for an event of that kind and answers it. */
function hear(api: ApiTeleport) {
  const stop = new AbortController();
  const heard: TeleportEvent[] = [];
  const end = (async () => {
    for await (const event of api.watch(stop.signal)) heard.push(event);
  })();
  end.catch(() => {});
  releases.add(async () => {
    stop.abort();
    await end.catch(() => {});
  });
  return {
    end,
    heard,
    until: (kind: TeleportEvent['kind']) =>
      expect.poll(() => heard.find((event) => event.kind === kind), { timeout: 10_000 }),
  };
}

describe.each(['18.0.0', '15.1.4'] as const)('watching Teleport %s', (version) => {
  it('tells of a registration from its creation to its end, and who serves it meanwhile', async () => {
    const cluster = await start({ version });
    const api = open(cluster.proxyAddress);
    const { heard, until } = hear(api);
    await until('opened').toBeDefined();
    await api.apply([{ action: 'create', resource: clone }]);
    await until('put').toMatchObject({ resource: { ...clone, labels: { dblab: 'true' } } });
    const serving = { of: 'db', name: clone.name, host: HOST.hostname, hostId: HOST.hostId };
    await until('serving').toMatchObject(serving);
    const [server] = await api.served();
    expect(server).toMatchObject(serving);
    expect(server?.health).toBe(version === '18.0.0' ? 'healthy' : undefined);
    expect(server?.expiresAt).toBeGreaterThan(Date.now());
    await api.apply([{ action: 'delete', current: clone }]);
    await until('delete').toEqual({ kind: 'delete', of: 'db', name: clone.name });
    await until('not-serving').toMatchObject({ of: 'db', name: clone.name });
    expect(heard[0]).toEqual({ kind: 'opened' });
  });

  it('ends when Teleport goes, and begins again when it is back', async () => {
    const cluster = await start({ version });
    const api = open(cluster.proxyAddress);
    const first = hear(api);
    await first.until('opened').toBeDefined();
    await cluster.stop();
    await expect(first.end).rejects.toMatchObject({ code: 'unreachable' });
    await expect(hear(api).end).rejects.toMatchObject({ code: 'unreachable' });
    await cluster.start();
    await hear(api).until('opened').toBeDefined();
  });
});

describe('ways to Auth', () => {
  it.each([
    ['tls-routing', {}, (cluster: SandboxTeleport) => cluster.proxyAddress],
    ['tls-routing', {}, (cluster: SandboxTeleport) => cluster.authAddress],
    ['upgrade', { loadBalancer: true }, (cluster: SandboxTeleport) => cluster.proxyAddress],
  ])('%s %o', async (route, options, address) => {
    const cluster = await start(options);
    const caFile = join(folder, 'web.pem');
    await writeFile(caFile, cluster.webCaPem);
    const api = open(address(cluster), { caFile });
    const many = Array.from({ length: 200 }, (_, index) => ({
      action: 'create' as const,
      resource: { ...clone, name: `clone-${index}` },
    }));
    const outcomes = await api.apply(many);
    expect(outcomes.filter(({ ok }) => ok)).toHaveLength(200);
    await expect.poll(async () => (await api.list()).length, { timeout: 10_000 }).toBe(200);
    expect(api.route).toBe(route);
    expect(cluster.counters().grpcAtOnce).toBeLessThanOrEqual(32);
  });

  it('without TLS routing there is none', async () => {
    const cluster = await start({ tlsRouting: false });
    const caFile = join(folder, 'web.pem');
    await writeFile(caFile, cluster.webCaPem);
    await expect(open(cluster.proxyAddress, { caFile }).list()).rejects.toMatchObject({
      code: 'unreachable',
      message: expect.stringMatching(/^TLS routing is off at /),
    });
  });
});

describe('identities', () => {
  it('of another cluster', async () => {
    const cluster = await start();
    const caFile = join(folder, 'web.pem');
    await writeFile(caFile, cluster.webCaPem);
    await issue(await startSandboxOf('elsewhere'));
    await expect(open(cluster.proxyAddress, { caFile }).list()).rejects.toMatchObject({
      code: 'identity-invalid',
      message: expect.stringMatching(/is for the cluster "elsewhere", but .* belongs to "sandbox"/),
    });
  });

  it('that Teleport finds expired, though we do not, say that the clocks differ', async () => {
    const cluster = await start();
    await issue(cluster, -60_000);
    const slow = { ...systemClock, now: () => Date.now() - 3600_000 };
    await expect(open(cluster.proxyAddress, { clock: slow }).list()).rejects.toMatchObject({
      code: 'identity-expired',
      message: expect.stringContaining('compare the clocks'),
    });
  });

  it('are replaced under way without a call that fails', async () => {
    const cluster = await start();
    const api = open(cluster.proxyAddress);
    const { heard, until } = hear(api);
    await until('opened').toBeDefined();
    for (let round = 0; round < 3; round += 1) {
      const both = Promise.all([api.list(), api.apply([{ action: 'delete', current: clone }])]);
      await issue(cluster);
      await expect(both).resolves.toMatchObject([[], [{ error: { code: 'not-found' } }]]);
      await api.list();
    }
    await expect.poll(() => heard.filter(({ kind }) => kind === 'opened').length).toBeGreaterThan(1);
  });
});

async function startSandboxOf(clusterName: string): Promise<SandboxTeleport> {
  const cluster = await startSandboxTeleport({ clusterName });
  releases.add(() => cluster.close());
  return cluster;
}
