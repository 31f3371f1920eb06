import { z } from 'zod';
import {
  type Answer,
  compactJson,
  empty,
  html,
  json,
  movedTo,
  pageNotFound,
  refusalAnswer,
} from './answer.ts';
import type { CloneRecord } from './clone.ts';
import { branchView, healthView, type Instance, snapshotView, statusView } from './instance.ts';
import { type CloneOrder, parseJson, readOrder } from './order.ts';
import { badRequest, notFound, Refusal, unauthorized } from './refusal.ts';

export interface ApiRequest {
  readonly method: string;
  /** As sent: the Engine does not decode it. */
  readonly path: string;
  readonly body: string;
  readonly authorized: boolean;
  /** E-mail of the person behind the request, or empty. */
  readonly owner: string;
}

/** What the API is a view of. */
export interface ApiSubject {
  readonly instance: Instance;
  clones(): readonly CloneRecord[];
  view(clone: CloneRecord): { readonly id: string };
  get(id: string): CloneRecord | undefined;
  create(order: CloneOrder): CloneRecord;
  reset(id: string): void;
  protect(id: string, on: boolean, minutes: number | undefined): CloneRecord;
  destroy(id: string): void;
}

interface Route {
  readonly method: string;
  readonly path: RegExp;
  /** Needs no token. */
  readonly open?: true;
  /** `id` is what the path's group caught. */
  readonly answer: (subject: ApiSubject, request: ApiRequest, id: string) => Answer;
}

const protectionSchema = z.object({
  protected: z.boolean().nullish(),
  protectionDurationMinutes: z.int().min(0).nullish(),
});

const resetSchema = z.object({ snapshotID: z.string().nullish(), latest: z.boolean().nullish() }).nullable();

const routes: readonly Route[] = [
  {
    method: 'GET',
    path: /^\/$/,
    open: true,
    answer: () => html('<!doctype html><title>DBLab API</title>\n'),
  },
  {
    method: 'GET',
    path: /^\/healthz$/,
    open: true,
    answer: ({ instance }) => compactJson(healthView(instance)),
  },
  {
    method: 'POST',
    path: /^\/healthz$/,
    open: true,
    answer: ({ instance }) => compactJson(healthView(instance)),
  },
  {
    method: 'GET',
    path: /^\/status$/,
    answer: (subject) => json(200, statusView(subject.instance, subject.clones().map(subject.view))),
  },
  {
    method: 'GET',
    path: /^\/snapshots$/,
    answer: ({ instance, clones }) => json(200, [snapshotView(instance, clones())]),
  },
  { method: 'GET', path: /^\/branches$/, answer: ({ instance }) => json(200, [branchView(instance)]) },
  { method: 'GET', path: /^\/clones$/, answer: ({ clones, view }) => json(200, clones().map(view)) },
  {
    method: 'POST',
    path: /^\/clone$/,
    answer: ({ create, view }, { body, owner }) => json(201, view(create(readOrder(body, owner)))),
  },
  {
    method: 'GET',
    path: /^\/clone\/([^/]+)$/,
    answer({ get, view }, _, id) {
      const clone = get(id);
      if (clone === undefined) throw notFound();
      return json(200, view(clone));
    },
  },
  {
    method: 'PATCH',
    path: /^\/clone\/([^/]+)$/,
    answer({ protect, view }, { body }, id) {
      const wanted = read(protectionSchema, body);
      return json(
        200,
        view(protect(id, wanted.protected ?? false, wanted.protectionDurationMinutes ?? undefined)),
      );
    },
  },
  {
    method: 'DELETE',
    path: /^\/clone\/([^/]+)$/,
    answer({ destroy }, _, id) {
      destroy(id);
      return empty(200);
    },
  },
  {
    method: 'POST',
    path: /^\/clone\/([^/]+)\/reset$/,
    answer({ reset }, { body }, id) {
      const wanted = body === '' ? null : read(resetSchema, body);
      if (wanted?.latest && wanted.snapshotID) {
        throw badRequest('parameters `latest` and `snapshotID` must not be specified together');
      }
      reset(id);
      return empty(200);
    },
  },
];

/**
 * One request of the Engine's HTTP API, answered. Unknown paths are looked up by a file server that only
 * takes GET: hence 404 as text there, and 405 without a body for every other method.
 */
export function answer(subject: ApiSubject, request: ApiRequest): Answer {
  const found = routeOf(request.method, request.path);
  if (found === undefined) return unknownPath(request);
  try {
    if (!found.route.open && !request.authorized) throw unauthorized();
    return found.route.answer(subject, request, found.id);
  } catch (error) {
    if (error instanceof Refusal) return refusalAnswer(error);
    throw error;
  }
}

function routeOf(method: string, path: string) {
  for (const route of routes) {
    const match = route.method === method ? route.path.exec(path) : null;
    if (match !== null) return { route, id: match[1] ?? '' };
  }
  return undefined;
}

function unknownPath({ method, path }: ApiRequest): Answer {
  const bare = path.replace(/\/$/, '');
  if (bare !== path && routeOf(method, bare) !== undefined) return movedTo(bare);
  return method === 'GET' ? pageNotFound() : empty(405);
}

function read<T>(schema: z.ZodType<T>, body: string): T {
  const parsed = schema.safeParse(parseJson(body));
  if (parsed.success) return parsed.data;
  throw badRequest(`json: cannot unmarshal ${parsed.error.issues[0]?.path.join('.') || 'the body'}`);
}
