import { z } from 'zod';
import { json } from './answer.ts';
import { protectionUpdate, protectionView, updated } from './protection.ts';
import { badRequest, notFound } from './refusal.ts';
import { removeBranch } from './removal.ts';
import type { Repository, SnapshotRecord } from './repository.ts';
import { type Route, readBody } from './route.ts';
import { commitOrder } from './snapshot-routes.ts';
import { branchView, detailsView, historyOf } from './snapshot-view.ts';

const text = z.string().nullish();
const branchOrder = z.object({ branchName: text, baseBranch: text, snapshotID: text });
type BranchOrder = z.output<typeof branchOrder>;

export const branchRoutes: readonly Route[] = [
  {
    method: 'GET',
    path: /^\/branches$/,
    answer: ({ repository }) =>
      json(
        200,
        repository.branches.map((branch) => branchView(branch, repository)),
      ),
  },
  {
    method: 'POST',
    path: /^\/branch$/,
    answer({ repository, emit }, { body }) {
      const wanted = readBody(branchOrder, body);
      const name = newName(wanted);
      repository.fork(name, baseOf(name, wanted, repository));
      emit('branch_create', name);
      return json(200, { name });
    },
  },
  {
    method: 'POST',
    path: /^\/branch\/snapshot$/,
    answer({ repository, get }, { body }) {
      const { cloneID, message } = readBody(commitOrder, body);
      const clone = get(cloneID ?? '');
      if (clone === undefined) throw badRequest('clone not found');
      return json(200, { snapshotID: repository.commit(clone, message ?? '').id });
    },
  },
  {
    method: 'GET',
    path: /^\/branch\/snapshot\/(.*)$/,
    answer({ repository }, _, id) {
      if (id === '') throw badRequest('snapshotID must not be empty');
      const pool = repository.poolOf(id);
      if (pool === '') throw badRequest('pool manager not available : pool manager not found: ');
      const snapshot = repository.snapshot(id);
      if (snapshot === undefined) throw notFound();
      return json(200, detailsView(snapshot, repository));
    },
  },
  {
    method: 'GET',
    path: /^\/branch\/([^/]+)\/log$/,
    answer({ repository }, _, name) {
      const branch = repository.branch(checked(name));
      return json(
        200,
        historyOf(branch, repository).map((snapshot) => detailsView(snapshot, repository)),
      );
    },
  },
  {
    method: 'DELETE',
    path: /^\/branch\/([^/]+)$/,
    answer({ repository, emit, now }, _, name) {
      removeBranch(checked(name), repository, now());
      emit('branch_delete', name);
      return json(200, { status: 'OK', message: 'Deleted branch' });
    },
  },
  {
    method: 'PATCH',
    path: /^\/branch\/([^/]+)$/,
    answer({ repository, now }, { body }, name) {
      checked(name);
      const wanted = readBody(protectionUpdate, body);
      const branches = repository.branches.filter((branch) => branch.name === name);
      const [first] = branches;
      if (first === undefined) throw badRequest(`branch not found: ${name}`);
      for (const branch of branches) branch.protection = updated(branch.protection, wanted, now());
      return json(200, { ...NAME_ONLY, name, ...protectionView(first.protection) });
    },
  },
];

/** The answer to an update leaves all else empty. */
const NAME_ONLY = {
  name: '',
  baseDataset: '',
  parent: '',
  dataStateAt: '',
  snapshotID: '',
  dataset: '',
  numSnapshots: 0,
};

function newName({ branchName, baseBranch }: BranchOrder): string {
  if (!branchName) throw badRequest('The branch name must not be empty');
  if (branchName === baseBranch) throw badRequest('new and base branches must have different names');
  if (isName(branchName)) return branchName;
  throw badRequest(
    'The branch name must start with a letter, number, or underscore, and contain only letters, numbers, underscores, and hyphens. Spaces and slashes are not allowed',
  );
}

function baseOf(name: string, wanted: BranchOrder, repository: Repository): SnapshotRecord {
  const { baseBranch, snapshotID } = wanted;
  const base = baseBranch ? repository.branch(baseBranch).head : undefined;
  const pool = snapshotID ? repository.poolOf(snapshotID) : (base?.pool ?? repository.pools[0]);
  if (repository.branches.some((branch) => branch.name === name && branch.pool === pool)) {
    throw badRequest(`branch '${name}' already exists`);
  }
  if (!snapshotID) {
    if (base !== undefined) return base;
    throw badRequest('either base branch name or base snapshot ID must be specified');
  }
  const snapshot = repository.snapshot(snapshotID);
  if (snapshot === undefined) throw badRequest(`cannot open '${snapshotID}': dataset does not exist\n`);
  return snapshot;
}

function checked(name: string): string {
  if (!isName(name)) throw badRequest('invalid branch name');
  return name;
}

function isName(name: string): boolean {
  return /^\w[\w-]*$/.test(name);
}
