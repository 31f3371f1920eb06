import { isKept } from './protection.ts';
import { badRequest } from './refusal.ts';
import { MAIN, type Repository, type SnapshotRecord } from './repository.ts';

/** What stands on snapshots, and keeps them from being removed. */
export interface Dependents {
  isProtected(cloneId: string): boolean;
  destroy(cloneId: string): void;
}

interface World {
  readonly repository: Repository;
  readonly dependents: Dependents;
  readonly now: number;
}

/** `force` takes the clones and branches that stand on the snapshot with it. Throws a `Refusal`. */
export function removeSnapshot(id: string, force: boolean, { repository, dependents, now }: World): void {
  const pool = repository.poolOf(id);
  if (pool === '') throw badRequest(`pool for requested snapshot (${id}) not found`);
  if (id.startsWith(`${pool}@`)) throw badRequest('cannot destroy automatic snapshot in the pool');
  const snapshot = repository.snapshot(id);
  if (snapshot === undefined) throw badRequest(`cannot open '${id}': dataset does not exist\n`);
  if (isKept(snapshot.protection, now)) throw badRequest(`snapshot ${id} is protected`);
  const forks = repository.branches.filter((branch) => branch.root === id);
  const doomed = force ? [snapshot, ...forks.flatMap((fork) => withForks(fork, repository))] : [snapshot];
  const clones = doomed.flatMap((each) => [...each.clones]);
  const kept = clones.filter(dependents.isProtected);
  const because = (what: string) =>
    badRequest(`cannot delete snapshot ${id} because it has dependent ${what}`);
  if (kept.length > 0) throw because(`protected clones: ${kept.join(',')}`);
  if (clones.length > 0 && !force) throw because(`clones: ${clones.join(',')}`);
  if (forks.length > 0 && !force) {
    throw because(`datasets: ${forks.map(({ name }) => `${pool}/branch/${name}`).join(',')}`);
  }
  for (const clone of clones) dependents.destroy(clone);
  repository.remove(doomed);
}

/** Throws a `Refusal`. */
export function removeBranch(name: string, repository: Repository, now: number): void {
  const branch = repository.branch(name);
  if (name === MAIN) throw badRequest(`cannot delete default branch: ${MAIN}`);
  if (isKept(branch.protection, now)) throw badRequest(`branch ${name} is protected`);
  const own = snapshotsOf(branch, repository);
  const fork = repository.branches.find(({ root }) => own.some(({ id }) => id === root));
  if (fork !== undefined) {
    throw badRequest(
      `cannot delete branch "${name}": snapshot ${fork.root} is the fork point of branch(es) ${fork.name}; delete them first`,
    );
  }
  const used = own.find(({ clones }) => clones.size > 0);
  if (used !== undefined) throw badRequest(`snapshot ${used.id} has a dependent clone`);
  repository.remove(own);
}

type Place = Pick<SnapshotRecord, 'pool'> & { readonly name: string };

function snapshotsOf({ name, pool }: Place, { snapshots }: Repository): SnapshotRecord[] {
  return snapshots.filter((snapshot) => snapshot.pool === pool && snapshot.branch === name);
}

function withForks(branch: Place, repository: Repository): SnapshotRecord[] {
  const own = snapshotsOf(branch, repository);
  const forks = repository.branches.filter(({ root }) => own.some(({ id }) => id === root));
  return [...own, ...forks.flatMap((fork) => withForks(fork, repository))];
}
