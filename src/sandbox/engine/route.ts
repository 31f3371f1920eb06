import type { z } from 'zod';
import type { Answer } from './answer.ts';
import type { CloneRecord, cloneView } from './clone.ts';
import type { Instance } from './instance.ts';
import { type CloneOrder, parseJson } from './order.ts';
import { badRequest } from './refusal.ts';
import type { Repository } from './repository.ts';
import type { Retrieval } from './retrieval.ts';

export interface ApiRequest {
  readonly method: string;
  /** As sent: the Engine does not decode it. */
  readonly path: string;
  readonly query: URLSearchParams;
  readonly body: string;
  readonly authorized: boolean;
  /** E-mail of the person behind the request, or empty. */
  readonly owner: string;
}

/** What the API is a view of. */
export interface ApiSubject {
  readonly instance: Instance;
  readonly repository: Repository;
  readonly retrieval: Retrieval;
  now(): number;
  clones(): readonly CloneRecord[];
  view(clone: CloneRecord): ReturnType<typeof cloneView>;
  get(id: string): CloneRecord | undefined;
  create(order: CloneOrder): CloneRecord;
  /** Onto the snapshot of that id, where one is given. */
  reset(id: string, snapshotId?: string): void;
  protect(id: string, on: boolean, minutes: number | undefined): CloneRecord;
  destroy(id: string): void;
  emit(type: StorageEventType, id: string): void;
}

export type StorageEventType = 'snapshot_create' | 'snapshot_delete' | 'branch_create' | 'branch_delete';

export interface Route {
  readonly method: string;
  readonly path: RegExp;
  /** Needs no token. */
  readonly open?: true;
  /** `id` is what the path's group caught. */
  readonly answer: (subject: ApiSubject, request: ApiRequest, id: string) => Answer;
}

/** The body in the shape of `schema`. Throws a `Refusal`. */
export function readBody<T>(schema: z.ZodType<T>, body: string): T {
  const parsed = schema.safeParse(parseJson(body));
  if (parsed.success) return parsed.data;
  throw badRequest(`json: cannot unmarshal ${parsed.error.issues[0]?.path.join('.') || 'the body'}`);
}
