import { join } from 'node:path';
import { systemClock } from '../src/lib/clock.ts';
import { silentLog } from '../src/lib/log.ts';
import { startRealCluster } from '../src/sandbox/real-cluster.ts';
import { startSandboxTeleport } from '../src/sandbox/teleport/teleport.ts';
import { openApi } from '../src/teleport/api.ts';
import type { Stored } from './stored.ts';

/** The Teleport that is registered with. */
export interface Remote {
  readonly description: string;
  readonly proxyAddress: string;
  readonly identityFile: string;
  readonly tctlPath: string;
  /** Counts since the start, by name; empty where nobody counts. */
  counters(): Readonly<Record<string, number>>;
  close(): Promise<void>;
}

/** A real Teleport from the folder TELEPORT_BIN, else the stand-in. `stored` is told of its databases. */
export function openRemote(directory: string, stored: Stored): Promise<Remote> {
  const bin = process.env['TELEPORT_BIN'];
  return bin ? openReal(bin, directory, stored) : openStandIn(directory, stored);
}

async function openStandIn(directory: string, stored: Stored): Promise<Remote> {
  const teleport = await startSandboxTeleport();
  const identityFile = join(directory, 'identity');
  await teleport.issueIdentity({ file: identityFile });
  teleport.onChange(({ kind, name, document }, view) => {
    if (view !== 'backend' || kind !== 'db') return;
    if (document === undefined) stored.remove(name);
    else stored.put(name, document.metadata.labels['clone_id'] ?? name);
  });
  return {
    description: `stand-in for Teleport ${teleport.version}`,
    proxyAddress: teleport.proxyAddress,
    identityFile,
    tctlPath: join(import.meta.dirname, '..', 'dist', 'tctl.js'),
    counters: () => ({ ...teleport.counters() }),
    close: () => teleport.close(),
  };
}

/** Here a database counts as stored when Teleport's own stream tells of it, which is a little later. */
async function openReal(bin: string, directory: string, stored: Stored): Promise<Remote> {
  const env = { PATH: process.env['PATH'] ?? '' };
  const cluster = await startRealCluster({ bin, directory, env, clock: systemClock });
  const { proxyAddress, identityFile } = cluster;
  const listening = new AbortController();
  const api = openApi({ proxy: proxyAddress, identityFile, clock: systemClock, log: silentLog });
  const told = (async () => {
    for await (const event of api.watch?.(listening.signal) ?? []) {
      if (event.kind === 'put' && event.resource.kind === 'db') {
        stored.put(event.resource.name, event.resource.labels['clone_id'] ?? event.resource.name);
      }
      if (event.kind === 'delete' && event.of === 'db') stored.remove(event.name);
    }
  })();
  return {
    description: cluster.description,
    proxyAddress,
    identityFile,
    tctlPath: cluster.tctlPath,
    counters: () => ({}),
    async close() {
      listening.abort();
      await told;
      await api.close();
      await cluster.close();
    },
  };
}
