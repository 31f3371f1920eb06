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
import { branchRoutes } from './branch-routes.ts';
import { healthView, statusView } from './instance.ts';
import { readOrder } from './order.ts';
import { badRequest, notFound, Refusal, unauthorized } from './refusal.ts';
import { type ApiRequest, type ApiSubject, type Route, readBody } from './route.ts';
import { snapshotRoutes } from './snapshot-routes.ts';

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
    answer: (subject) => json(200, statusView(subject, subject.clones().map(subject.view))),
  },
  {
    method: 'GET',
    path: /^\/instance\/retrieval$/,
    answer: ({ retrieval }) => json(200, { ...retrieval.view(), activity: retrieval.activity() }),
  },
  {
    method: 'POST',
    path: /^\/full-refresh$/,
    answer({ retrieval }) {
      retrieval.refresh();
      return json(200, { status: 'OK', message: 'Full refresh started' });
    },
  },
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
      const wanted = readBody(protectionSchema, body);
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
    answer({ reset, repository }, { body }, id) {
      const wanted = body === '' ? null : readBody(resetSchema, body);
      if (wanted?.latest && wanted.snapshotID) {
        throw badRequest('parameters `latest` and `snapshotID` must not be specified together');
      }
      reset(id, wanted?.latest ? repository.snapshots[0]?.id : (wanted?.snapshotID ?? undefined));
      return empty(200);
    },
  },
  ...snapshotRoutes,
  ...branchRoutes,
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
