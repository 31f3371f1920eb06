import type { FastifyReply } from 'fastify';
import { readiness } from '../sync/readiness.ts';
import type { Status } from '../sync/status.ts';
import { newApp, say } from './app.ts';
import { type ListenOptions, listen, type Server } from './server.ts';
import { documentOf } from './status-document.ts';

export interface HealthOptions extends ListenOptions {
  readonly status: () => Status;
}

/**
 * Answers `/healthz`, which says that the process runs, `/readyz`, which says whether it can do its work (200
 * or 503), in JSON for whoever asks for it, and `/api/status`, which says all there is to say, for programs.
 * Throws a `ListenError`.
 */
export async function serveHealth(options: HealthOptions): Promise<Server> {
  const app = newApp();
  app.get('/healthz', (_request, reply) => say(unstored(reply), 200, 'ok'));
  app.get('/readyz', (request, reply) => {
    const { ready, sentence } = readiness(options.status());
    const status = ready ? 200 : 503;
    if (!request.headers.accept?.includes('application/json')) return say(unstored(reply), status, sentence);
    return unstored(reply).code(status).send({ ready, sentence });
  });
  app.get('/api/status', (_request, reply) => unstored(reply).send(documentOf(options.status())));
  await app.ready();
  return listen(app.routing, options);
}

function unstored(reply: FastifyReply): FastifyReply {
  return reply.header('Cache-Control', 'no-store');
}
