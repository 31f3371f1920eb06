import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock } from '../../src/lib/clock.ts';
import { silentLog } from '../../src/lib/log.ts';
import { BOT } from '../../src/sandbox/real/documents.ts';
import { openTeleport } from '../../src/teleport/open.ts';
import { describeTeleport, type TeleportUnderTest } from '../../src/testing/teleport-contract.ts';
import { describeReal, type RealTransport, TRANSPORTS, useCluster } from './cluster.ts';
import { openRelay } from './relay.ts';

const truth = useCluster();

describeReal.each(TRANSPORTS)('a real cluster', (transport) => {
  describeTeleport(transport, () => open(transport));
});

const ALLOWED = {
  everything: BOT,
  databases: { ...BOT, app_labels: {} },
  nothing: {},
};

async function open(transport: RealTransport): Promise<TeleportUnderTest> {
  const { cluster } = truth();
  await truth().clear();
  const folder = await mkdtemp(join(tmpdir(), 'dblab-contract-'));
  const identityFile = join(folder, 'identity');
  await truth().issueIdentity(identityFile);
  const relay = await openRelay(cluster.proxyAddress);
  const teleport = await openTeleport(transport, {
    identityFile,
    tctlPath: cluster.tctlPath,
    proxy: relay.address,
    env: process.env,
    clock: systemClock,
    log: silentLog,
  });
  return {
    teleport,
    stored: () => truth().everything(),
    put: (document) => truth().put(document),
    async stop() {
      await relay.shut();
      await truth().stop();
    },
    async start() {
      await truth().start();
      await relay.open();
    },
    issueIdentity: (ttlMs) =>
      ttlMs < 0 ? truth().issueExpiredIdentity(identityFile) : truth().issueIdentity(identityFile),
    allow: (what) => truth().allow(ALLOWED[what]),
    hang: () => relay.hang(),
    // Both calls begin together, but the second may wait for the connection of the first.
    calls: () => (relay.wasHeard() ? 2 : 0),
    async close() {
      await teleport.close();
      await relay.shut();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
