import type { FastifyInstance, FastifyReply } from 'fastify';
import { readiness } from '../sync/readiness.ts';
import type { Status } from '../sync/status.ts';
import { newApp, say } from './app.ts';
import type { News } from './news.ts';
import { addPage } from './page/routes.ts';
import { type ListenOptions, listen, type Server } from './server.ts';
import { documentOf, type Surroundings } from './status-document.ts';

export interface StatusOptions extends ListenOptions {
  readonly status: () => Status;
  /** What is known beside it. */
  readonly surroundings: () => Surroundings;
  readonly news: News;
  /** In the text format of Prometheus. */
  readonly metrics: () => Promise<string>;
}

/**
 * Answers whoever wants to know how things stand: `/healthz`, which says that the process runs, `/readyz`, which
 * says whether it can do its work (200 or 503), in JSON for whoever asks for it, `/api/status`, which says all there
 * is to say, for programs, `/metrics`, and `/`, the page for people. All of it is read-only. Throws a `ListenError`.
 */
export async function serveStatus(options: StatusOptions): Promise<Server> {
  const app = newApp();
  addHealth(app, options);
  app.get('/metrics', async (_request, reply) =>
    unstored(reply)
      .type('text/plain; version=0.0.4; charset=utf-8')
      .send(await options.metrics()),
  );
  const document = () => documentOf(options.status(), options.surroundings());
  app.get('/api/status', (_request, reply) => unstored(reply).send(document()));
  const page = addPage(app, { ...options, document });
  await app.ready();
  const server = await listen(app.routing, options);
  return {
    ...server,
    async close() {
      page.close();
      await server.close();
    },
  };
}

function addHealth(app: FastifyInstance, { status }: Pick<StatusOptions, 'status'>): void {
  app.get('/healthz', (_request, reply) => say(unstored(reply), 200, 'ok'));
  app.get('/readyz', (request, reply) => {
    const { ready, sentence } = readiness(status());
    const code = ready ? 200 : 503;
    if (!request.headers.accept?.includes('application/json')) return say(unstored(reply), code, sentence);
    return unstored(reply).code(code).send({ ready, sentence });
  });
}

function unstored(reply: FastifyReply): FastifyReply {
  return reply.header('Cache-Control', 'no-store');
}
