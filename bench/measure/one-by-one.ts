import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { monotonic } from '../clock.ts';
import { openWorld } from '../world.ts';
import { distance } from './distance.ts';
import type { Figures } from './figures.ts';

/** What people script by hand, and what the original does: one tctl after the other. */
export async function oneByOne(count: number, roundTripMs = 0): Promise<Figures> {
  const world = await openWorld({ clones: 0, roundTripMs });
  const args = ['--identity', world.identity, '--auth-server', world.teleportRelay.address, 'create', '-f'];
  const startedAt = monotonic();
  for (let index = 0; index < count; index += 1) {
    const run = promisify(execFile)(world.tctl, args);
    run.child.stdin?.end(
      JSON.stringify({
        kind: 'db',
        version: 'v3',
        metadata: { name: `dblab-clone-bench-${index}`, labels: { dblab: 'true' } },
        spec: { protocol: 'postgres', uri: `127.0.0.1:${6000 + index}`, tls: { mode: 'insecure' } },
      }),
    );
    await run;
  }
  const tookMs = monotonic() - startedAt;
  await world.close();
  return {
    [`${count} clones: start to all registered${distance(roundTripMs)}, ms`]: tookMs,
    [`burst of ${count}${distance(roundTripMs)}: all stored, ms`]: tookMs,
  };
}
