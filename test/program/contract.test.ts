import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock } from '../../src/lib/clock.ts';
import { silentLog } from '../../src/lib/log.ts';
import { type SandboxTeleportOptions, startSandboxTeleport } from '../../src/sandbox/teleport/teleport.ts';
import { openApi } from '../../src/teleport/api.ts';
import { openTctl } from '../../src/teleport/tctl.ts';
import type { Teleport } from '../../src/teleport/teleport.ts';
import { describeTeleport, type TeleportUnderTest } from '../../src/testing/teleport-contract.ts';
import { TCTL } from './world.ts';

type Version = SandboxTeleportOptions['version'];

type Cluster = Awaited<ReturnType<typeof startSandboxTeleport>>;

interface Transport {
  open(cluster: Cluster, identityFile: string): Teleport;
  /** How many of its calls have reached the cluster. */
  calls(counters: ReturnType<Cluster['counters']>): number;
}

const TRANSPORTS: Readonly<Record<string, Transport>> = {
  tctl: {
    open: ({ proxyAddress }, identityFile) =>
      openTctl({ tctlPath: TCTL, env: process.env, proxy: proxyAddress, ...common(identityFile) }),
    calls: ({ tctlRuns }) => tctlRuns,
  },
  api: {
    open: ({ proxyAddress }, identityFile) => openApi({ proxy: proxyAddress, ...common(identityFile) }),
    calls: ({ grpcCalls }) => grpcCalls,
  },
};

for (const [name, transport] of Object.entries(TRANSPORTS)) {
  for (const version of ['18.0.0', '15.1.4'] as const) {
    describeTeleport(`${name} ${version}`, () => open(transport, version));
  }
}

function common(identityFile: string) {
  return { identityFile, clock: systemClock, log: silentLog };
}

const EVERYTHING = { '*': ['*'] };
const RULES = [{ resources: ['db', 'app'], verbs: ['list', 'read', 'create', 'update', 'delete'] }];
const ROLES = {
  everything: { dbLabels: EVERYTHING, appLabels: EVERYTHING, rules: RULES },
  databases: { dbLabels: EVERYTHING, appLabels: {}, rules: RULES },
  nothing: { dbLabels: {}, appLabels: {}, rules: [] },
};

async function open(transport: Transport, version: Version): Promise<TeleportUnderTest> {
  const folder = await mkdtemp(join(tmpdir(), 'dblab-contract-'));
  const file = join(folder, 'identity');
  const cluster = await startSandboxTeleport({
    ...(version && { version }),
    cacheLag: { minMs: 20, maxMs: 100 },
  });
  const issueIdentity = (ttlMs: number) => cluster.issueIdentity({ file, roles: ['under-test'], ttlMs });
  const allow = (what: keyof typeof ROLES) => cluster.setRole('under-test', ROLES[what]);
  allow('everything');
  await issueIdentity(3600_000);
  const teleport = transport.open(cluster, file);
  return {
    teleport,
    stored: () => [...cluster.databases(), ...cluster.apps()],
    put: (document) => cluster.put(document),
    stop: () => cluster.stop(),
    start: () => cluster.start(),
    issueIdentity,
    allow,
    hang: () => cluster.setFault({ kind: 'hang' }),
    calls: () => transport.calls(cluster.counters()),
    close: async () => {
      await teleport.close();
      await cluster.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
