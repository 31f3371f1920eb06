import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock } from '../../src/lib/clock.ts';
import { silentLog } from '../../src/lib/log.ts';
import { type SandboxTeleportOptions, startSandboxTeleport } from '../../src/sandbox/teleport/teleport.ts';
import { openTctl } from '../../src/teleport/tctl.ts';
import { describeTeleport, type TeleportUnderTest } from '../../src/testing/teleport-contract.ts';
import { TCTL } from './world.ts';

type Version = SandboxTeleportOptions['version'];

for (const version of ['18.0.0', '15.1.4'] as const) {
  describeTeleport(`tctl ${version}`, () => open(version));
}

const EVERYTHING = { '*': ['*'] };
const RULES = [{ resources: ['db', 'app'], verbs: ['list', 'read', 'create', 'update', 'delete'] }];
const ROLES = {
  everything: { dbLabels: EVERYTHING, appLabels: EVERYTHING, rules: RULES },
  databases: { dbLabels: EVERYTHING, appLabels: {}, rules: RULES },
  nothing: { dbLabels: {}, appLabels: {}, rules: [] },
};

async function open(version: Version): Promise<TeleportUnderTest> {
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
  const teleport = openTctl({
    tctlPath: TCTL,
    proxy: cluster.proxyAddress,
    identityFile: file,
    env: process.env,
    clock: systemClock,
    log: silentLog,
  });
  return {
    teleport,
    stored: () => [...cluster.databases(), ...cluster.apps()],
    put: (document) => cluster.put(document),
    stop: () => cluster.stop(),
    start: () => cluster.start(),
    issueIdentity,
    allow,
    hang: () => cluster.setFault({ kind: 'hang' }),
    calls: () => cluster.counters().tctlRuns,
    close: async () => {
      await teleport.close();
      await cluster.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
