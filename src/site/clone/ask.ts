import type { SiteConfig } from '../../config/site.ts';
import type { Clone } from '../../engine/clone.ts';
import type { Clock } from '../../lib/clock.ts';
import { type CloneAnswer, probeClone } from './probe.ts';

/** All clones come from the same settings: a few of the newest tell as much as all. */
const MOST_CLONES = 10;
const WITHIN_MS = 5_000;

/** What the newest ready clones say on their port. Rejects only with the reason of the signal. */
export async function askClones(
  clones: readonly Clone[],
  { cloneHost }: Pick<SiteConfig, 'cloneHost'>,
  clock: Clock,
  signal: AbortSignal,
): Promise<readonly { readonly clone: Clone; readonly answer: CloneAnswer }[]> {
  const ready = clones.filter(({ status, port }) => status === 'OK' && port !== undefined);
  return Promise.all(
    ready.slice(0, MOST_CLONES).map(async (clone) => {
      const address = { host: cloneHost, port: clone.port ?? 0 };
      const account = { user: clone.user || 'postgres', database: clone.dbName || 'postgres' };
      return { clone, answer: await probeClone(address, account, { clock, timeoutMs: WITHIN_MS }, signal) };
    }),
  );
}
