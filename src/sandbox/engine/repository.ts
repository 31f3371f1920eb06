import type { Clock } from '../../lib/clock.ts';
import { type Protection, UNPROTECTED } from './protection.ts';
import { badRequest, internalError } from './refusal.ts';
import { stamp } from './time.ts';

/*
 * Pools, their snapshots and their branches. A branch is a name for its newest snapshot (its head); every
 * pool that has data has a branch `main` of its own, so names may repeat. Ids tell where data came from:
 *
 *   POOL@snapshot_TIME                         a refresh of the pool: its automatic snapshots
 *   POOL/branch/BRANCH@TIME                    made with the branch
 *   POOL/branch/BRANCH/CLONE/rREVISION@TIME    a commit of a clone
 */

export const MAIN = 'main';

export interface SnapshotRecord {
  readonly id: string;
  readonly pool: string;
  readonly branch: string;
  /** Milliseconds since the epoch, also of its data. */
  readonly createdAt: number;
  readonly message: string;
  /** Id of the snapshot before it; undefined for the first. */
  parent: string | undefined;
  protection: Protection;
  /** Ids of the clones that stand on it. */
  readonly clones: Set<string>;
}

export interface BranchRecord {
  readonly name: string;
  readonly pool: string;
  /** The snapshot that it was forked from. */
  readonly root: string | undefined;
  head: SnapshotRecord;
  protection: Protection;
}

export interface Repository {
  /** The active one first. */
  readonly pools: readonly string[];
  /** Newest first. */
  readonly snapshots: readonly SnapshotRecord[];
  /** One for each pool that has it, that with the newest data first. */
  readonly branches: readonly BranchRecord[];
  /** Throws a `Refusal` for what is no snapshot id. */
  poolOf(id: string): string;
  snapshot(id: string): SnapshotRecord | undefined;
  branch(name: string): BranchRecord;
  /** Takes an automatic snapshot of the pool. */
  take(pool: string): SnapshotRecord;
  /** Puts new data into the pool, instead of all that was there, and makes it the active one. */
  refill(pool: string): void;
  fork(name: string, base: SnapshotRecord): BranchRecord;
  /** Throws a `Refusal` when the branch of the clone has gone. */
  commit(clone: Committed, message: string): SnapshotRecord;
  remove(snapshots: readonly SnapshotRecord[]): void;
}

/** A clone whose data becomes a snapshot. */
export interface Committed {
  readonly id: string;
  readonly snapshot: SnapshotRecord;
}

const SNAPSHOT_ID = /^\w[\w.:/-]*@\w[\w.:-]*$/;

/** `pools`: the first one starts with data, the others are spare. */
export function openRepository(names: readonly string[], clock: Clock): Repository {
  let pools = [...names];
  let snapshots: SnapshotRecord[] = [];
  let branches: BranchRecord[] = [];
  const branchIn = (pool: string, name: string) =>
    branches.find((branch) => branch.name === name && branch.pool === pool);

  function add(prefix: string, about: Described): SnapshotRecord {
    const made = newSnapshot(prefix, about, snapshots, clock.now());
    snapshots = [made, ...snapshots];
    return made;
  }

  function point(name: string, head: SnapshotRecord, root?: string): BranchRecord {
    const branch = branchIn(head.pool, name) ?? {
      name,
      pool: head.pool,
      root,
      head,
      protection: UNPROTECTED,
    };
    branch.head = head;
    branches = [...branches.filter((other) => other !== branch), branch];
    return branch;
  }

  function take(pool: string): SnapshotRecord {
    const parent = branchIn(pool, MAIN)?.head.id;
    const made = add(`${pool}@snapshot_`, { pool, branch: MAIN, message: '', parent });
    point(MAIN, made);
    return made;
  }

  const repository: Repository = {
    get pools() {
      return pools;
    },
    get snapshots() {
      return snapshots;
    },
    get branches() {
      return [...branches].sort((a, b) => b.head.createdAt - a.head.createdAt);
    },
    poolOf(id) {
      if (!SNAPSHOT_ID.test(id)) throw badRequest(`invalid snapshot ID given: ${JSON.stringify(id)}`);
      return pools.find((pool) => id.startsWith(pool)) ?? '';
    },
    snapshot: (id) => snapshots.find((snapshot) => snapshot.id === id),
    branch(name) {
      const found = repository.branches.find((branch) => branch.name === name);
      if (found === undefined) throw badRequest(`failed to found dataset of the branch: ${name}`); // sic
      return found;
    },
    take,
    refill(pool) {
      snapshots = snapshots.filter((snapshot) => snapshot.pool !== pool);
      branches = branches.filter((branch) => branch.pool !== pool);
      pools = [pool, ...pools.filter((other) => other !== pool)];
      take(pool);
    },
    fork(name, base) {
      const { pool, id: parent } = base;
      const made = add(`${pool}/branch/${name}@`, { pool, branch: name, message: '', parent });
      return point(name, made, parent);
    },
    commit({ id, snapshot: { pool, branch } }, message) {
      const parent = branchIn(pool, branch)?.head.id;
      if (parent === undefined) throw badRequest(`branch not found: ${branch}`);
      const made = add(`${pool}/branch/${branch}/${id}/r0@`, { pool, branch, message, parent });
      point(branch, made);
      return made;
    },
    remove(doomed) {
      snapshots = without(doomed, snapshots);
      branches = branches.filter((branch) => survives(branch, snapshots));
    },
  };
  const [first] = pools;
  if (first !== undefined) take(first);
  return repository;
}

type Described = Pick<SnapshotRecord, 'pool' | 'branch' | 'message' | 'parent'>;

/** A name holds whole seconds: of two snapshots within one, the later is taken for a second younger. */
function newSnapshot(
  prefix: string,
  about: Described,
  others: readonly SnapshotRecord[],
  now: number,
): SnapshotRecord {
  let createdAt = now;
  const id = () => prefix + stamp(createdAt);
  while (others.some((other) => other.id === id())) createdAt += 1000;
  return { ...about, id: id(), createdAt, protection: UNPROTECTED, clones: new Set() };
}

function without(doomed: readonly SnapshotRecord[], snapshots: readonly SnapshotRecord[]): SnapshotRecord[] {
  for (const { id, parent } of doomed) {
    for (const other of snapshots) if (other.parent === id) other.parent = parent;
  }
  return snapshots.filter((snapshot) => !doomed.includes(snapshot));
}

/** The head of a branch goes back to the newest snapshot that is left of it; without one it ends. */
function survives(branch: BranchRecord, snapshots: readonly SnapshotRecord[]): boolean {
  if (snapshots.includes(branch.head)) return true;
  const left = snapshots.find(({ pool, branch: name }) => pool === branch.pool && name === branch.name);
  if (left !== undefined) branch.head = left;
  return left !== undefined;
}

/** The snapshot that a clone gets: the one named, else the newest of the branch. Throws a `Refusal`. */
export function snapshotFor(
  repository: Repository,
  { snapshotId, branch }: { readonly snapshotId: string; readonly branch: string },
): SnapshotRecord {
  if (snapshotId === '') return repository.branch(branch || MAIN).head;
  repository.poolOf(snapshotId);
  const snapshot = repository.snapshot(snapshotId);
  if (snapshot === undefined) throw internalError('no snapshot found');
  return snapshot;
}
