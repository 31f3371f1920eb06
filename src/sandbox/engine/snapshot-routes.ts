import { z } from 'zod';
import { json } from './answer.ts';
import { isProtected } from './clone.ts';
import { protectionUpdate, updated } from './protection.ts';
import { badRequest } from './refusal.ts';
import { removeSnapshot } from './removal.ts';
import type { Repository, SnapshotRecord } from './repository.ts';
import { type ApiRequest, type ApiSubject, type Route, readBody } from './route.ts';
import { rawSnapshotView, snapshotView } from './snapshot-view.ts';

const text = z.string().nullish();
const pool = z.object({ poolName: text });
export const commitOrder = z.object({ cloneID: text, message: text });

/** An id may hold slashes: everything behind the first is one. */
const ONE = /^\/snapshot\/(.*)$/;

export const snapshotRoutes: readonly Route[] = [
  {
    method: 'GET',
    path: /^\/snapshots$/,
    answer: ({ repository }, { query }) => json(200, listed(repository, query).map(snapshotView)),
  },
  {
    method: 'POST',
    path: /^\/snapshot$/,
    answer({ retrieval, emit }, { body }) {
      const wanted = body === '' ? {} : readBody(pool, body);
      const made = retrieval.snapshot(wanted.poolName ?? '');
      emit('snapshot_create', made.id);
      return json(200, rawSnapshotView(made));
    },
  },
  {
    method: 'POST',
    path: /^\/snapshot\/clone$/,
    answer({ repository, get }, { body }) {
      if (body === '') throw badRequest('request body cannot be empty');
      const { cloneID } = readBody(commitOrder, body);
      if (!cloneID) throw badRequest('cloneID cannot be empty');
      const clone = get(cloneID);
      if (clone === undefined) throw badRequest('clone not found');
      return json(200, snapshotView(repository.commit(clone, '')));
    },
  },
  {
    method: 'GET',
    path: ONE,
    answer: ({ repository }, _, id) => json(200, snapshotView(existing(repository, id))),
  },
  {
    method: 'PATCH',
    path: ONE,
    answer({ repository, now }, { body }, id) {
      if (id === '') throw badRequest('snapshot ID must not be empty');
      const wanted = readBody(protectionUpdate, body);
      if (repository.poolOf(id) === '') throw badRequest(`pool for requested snapshot (${id}) not found`);
      const snapshot = repository.snapshot(id);
      if (snapshot === undefined) throw badRequest(`cannot open '${id}': dataset does not exist\n`);
      snapshot.protection = updated(snapshot.protection, wanted, now());
      return json(200, snapshotView(snapshot));
    },
  },
  { method: 'DELETE', path: ONE, answer: remove },
];

/** A branch that is not there is refused, a dataset that is not there has no snapshots. */
function listed(repository: Repository, query: URLSearchParams): readonly SnapshotRecord[] {
  const [branch, dataset] = [query.get('branch') ?? '', query.get('dataset') ?? ''];
  const { snapshots, branches } = repository;
  if (branch === '') return snapshots.filter(({ pool }) => dataset === '' || pool === dataset);
  const found = branches.find(({ name, pool }) => name === branch && (dataset === '' || pool === dataset));
  if (found !== undefined) {
    return snapshots.filter((snapshot) => snapshot.pool === found.pool && snapshot.branch === branch);
  }
  throw badRequest(
    dataset === ''
      ? `failed to found dataset of the branch: ${branch}` // sic
      : `failed to find dataset ${dataset} of the branch: ${branch}`,
  );
}

function existing(repository: Repository, id: string): SnapshotRecord {
  if (id === '') throw badRequest('snapshotID must not be empty');
  const snapshot = repository.snapshot(id);
  if (snapshot === undefined) throw badRequest('no snapshot found');
  return snapshot;
}

function remove(subject: ApiSubject, { query }: ApiRequest, id: string) {
  if (id === '') throw badRequest('snapshot ID must not be empty');
  const force = query.get('force') ?? '';
  if (force !== '' && !/^(1|0|t|f|true|false)$/i.test(force)) {
    throw badRequest('invalid value for `force`, must be boolean');
  }
  const { repository, get, destroy, emit, now } = subject;
  const dependents = {
    isProtected(cloneId: string) {
      const clone = get(cloneId);
      return clone !== undefined && isProtected(clone, now());
    },
    destroy,
  };
  removeSnapshot(id, /^(1|t|true)$/i.test(force), { repository, dependents, now: now() });
  emit('snapshot_delete', id);
  return json(200, { status: 'OK', message: 'Deleted snapshot' });
}
