import { protectionView } from './protection.ts';
import type { BranchRecord, Repository, SnapshotRecord } from './repository.ts';
import { stamp, wholeSeconds } from './time.ts';

const PHYSICAL_SIZE = 20_480;
const LOGICAL_SIZE = 1_073_741_824;

export function snapshotView(snapshot: SnapshotRecord) {
  return {
    id: snapshot.id,
    createdAt: wholeSeconds(snapshot.createdAt),
    dataStateAt: wholeSeconds(snapshot.createdAt),
    physicalSize: PHYSICAL_SIZE,
    logicalSize: LOGICAL_SIZE,
    pool: snapshot.pool,
    numClones: snapshot.clones.size,
    clones: [...snapshot.clones],
    branch: snapshot.branch,
    message: snapshot.message,
    ...protectionView(snapshot.protection),
  };
}

/**
 * The snapshot within one of its clones. The Engine repeats the ids of all clones in each of them: with
 * thousands that would be hundreds of MB.
 */
export function snapshotOfClone(snapshot: SnapshotRecord, cloneId: string) {
  return { ...snapshotView({ ...snapshot, clones: new Set([cloneId]) }), numClones: snapshot.clones.size };
}

/** What `POST /snapshot` alone answers: the storage's own view. */
export function rawSnapshotView(snapshot: SnapshotRecord) {
  return {
    id: snapshot.id,
    createdAt: wholeSeconds(snapshot.createdAt),
    dataStateAt: wholeSeconds(snapshot.createdAt),
    used: 0,
    logicalReferenced: LOGICAL_SIZE,
    pool: snapshot.pool,
    branch: snapshot.branch,
    message: snapshot.message,
  };
}

/** A snapshot as a link of its branch's history. */
export function detailsView(snapshot: SnapshotRecord, { snapshots, branches }: Repository) {
  const { id, pool } = snapshot;
  const forks = branches.filter((branch) => branch.root === id);
  return {
    id,
    parent: snapshot.parent ?? '-',
    child: snapshots.filter(({ parent }) => parent === id).map((child) => child.id),
    branch: branches.filter(({ head }) => head.id === id).map(({ name }) => name),
    root: forks.map(({ name }) => name),
    dataStateAt: stamp(snapshot.createdAt),
    message: snapshot.message || '-',
    dataset: datasetOf(snapshot),
    clones: [
      ...forks.map(({ name }) => `${pool}/branch/${name}`),
      ...[...snapshot.clones].map((clone) => `${pool}/branch/${snapshot.branch}/${clone}/r0`),
    ],
    ...protectionView(snapshot.protection),
  };
}

export function branchView(branch: BranchRecord, repository: Repository) {
  const { name, pool, head, root } = branch;
  const fork = root === undefined ? undefined : repository.snapshot(root);
  const history = historyOf(branch, repository);
  return {
    name,
    baseDataset: pool,
    parent: fork?.branch ?? '-',
    dataStateAt: stamp(head.createdAt),
    snapshotID: head.id,
    dataset: datasetOf(head),
    numSnapshots: fork === undefined ? history.length : history.indexOf(fork) + 1,
    ...protectionView(branch.protection),
  };
}

/** From the newest snapshot of the branch back to the first one of all. */
export function historyOf({ head }: BranchRecord, repository: Repository): SnapshotRecord[] {
  const history: SnapshotRecord[] = [];
  let at: SnapshotRecord | undefined = head;
  while (at !== undefined) {
    history.push(at);
    at = at.parent === undefined ? undefined : repository.snapshot(at.parent);
  }
  return history;
}

function datasetOf({ id }: SnapshotRecord): string {
  return id.replace(/@.*$/, '');
}
