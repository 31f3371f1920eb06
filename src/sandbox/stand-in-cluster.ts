import { join } from 'node:path';
import type { Clock } from '../lib/clock.ts';
import type { Cluster } from './cluster.ts';
import { startSandboxTeleport } from './teleport/teleport.ts';

const DAY_MS = 24 * 3_600_000;

export interface StandInOptions {
  readonly directory: string;
  readonly tctlPath: string;
  readonly clock: Clock;
}

/** The stand-in Teleport with an identity for the sidecar. */
export async function startStandInCluster({ directory, tctlPath, clock }: StandInOptions): Promise<Cluster> {
  const teleport = await startSandboxTeleport({ clock });
  const identityFile = join(directory, 'identity');
  await teleport.issueIdentity({ file: identityFile, ttlMs: DAY_MS });
  return {
    description: `stand-in Teleport ${teleport.version}`,
    proxyAddress: teleport.proxyAddress,
    tctlPath,
    identityFile,
    clientCaPem: teleport.clientCaPem,
    visible: async () => new Set(teleport.cached('db').map((document) => document.metadata.name)),
    async connect({ port, user }) {
      return { port, certificate: await teleport.issueDatabaseCertificate({ user }), close: async () => {} };
    },
    close: () => teleport.close(),
  };
}
