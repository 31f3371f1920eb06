import type { Clock } from '../../lib/clock.ts';
import { badRequest } from './refusal.ts';
import type { Repository, SnapshotRecord } from './repository.ts';
import { wholeSeconds } from './time.ts';

/** How data comes into the pools. */
export interface Retrieval {
  /** A pool is `refreshing`, or else is said to be as it is. */
  readonly busy: string | undefined;
  view(): RetrievalView;
  /** What the databases at both ends are doing; none of it shows here. */
  activity(): { readonly source: []; readonly target: [] } | null;
  /** Starts filling a spare pool; it becomes the active one when it is done. Throws a `Refusal`. */
  refresh(): void;
  /** Takes a snapshot of the pool, the active one unless named. Throws a `Refusal`. */
  snapshot(pool: string): SnapshotRecord;
  /** Resolves when no refresh is under way any more. */
  idle(): Promise<void>;
}

type RetrievalView = ReturnType<typeof viewOf>;

export interface RetrievalWorld {
  readonly repository: Repository;
  /** How long a refresh takes. */
  readonly refreshMs: number;
  readonly clock: Clock;
  readonly closing: AbortSignal;
}

export function openRetrieval({ repository, refreshMs, clock, closing }: RetrievalWorld): Retrieval {
  let lastRefresh = clock.now();
  let busy: string | undefined;
  let work: Promise<void> = Promise.resolve();

  async function fill(pool: string): Promise<void> {
    await clock.sleep(refreshMs, closing);
    if (!closing.aborted) {
      repository.refill(pool);
      lastRefresh = clock.now();
    }
    busy = undefined;
  }

  return {
    get busy() {
      return busy;
    },
    view: () => viewOf(busy !== undefined, lastRefresh),
    activity: () => (busy === undefined ? null : { source: [], target: [] }),
    refresh() {
      if (busy !== undefined) {
        throw badRequest(
          'The data refresh/snapshot is currently in progress. Skip a new data refresh iteration',
        );
      }
      const pool = spare(repository);
      if (pool === undefined) {
        throw badRequest('Pool to perform full refresh not found. Skip refreshing');
      }
      busy = pool;
      work = fill(pool);
    },
    snapshot(named) {
      const pool = named || repository.pools[0] || '';
      if (!repository.pools.includes(pool)) {
        throw badRequest(`failed to get "${pool}" FSManager: pool manager not found: ${pool}`);
      }
      if (busy !== undefined) throw badRequest('pool is not ready to take a snapshot: refreshing');
      return repository.take(pool);
    },
    idle: () => work,
  };
}

/** The last pool that no clone stands on, and that is not the active one. */
function spare({ pools, snapshots }: Repository): string | undefined {
  const used = new Set(snapshots.filter(({ clones }) => clones.size > 0).map(({ pool }) => pool));
  return pools
    .slice(1)
    .filter((pool) => !used.has(pool))
    .at(-1);
}

function viewOf(refreshing: boolean, lastRefresh: number) {
  return {
    mode: 'logical',
    status: refreshing ? 'refreshing' : 'finished',
    lastRefresh: wholeSeconds(lastRefresh),
    nextRefresh: null,
    alerts: {},
    activity: null,
  };
}
