import { type FastifyInstance, type FastifyReply, fastify } from 'fastify';

/**
 * A fastify application that answers in plain sentences and reads no body unless it is told how: what
 * it does not serve is answered 404 whatever is sent there.
 */
export function newApp(): FastifyInstance {
  const app = fastify({ frameworkErrors: (_error, _request, reply) => void nothingHere(reply) });
  app.removeAllContentTypeParsers();
  app.setNotFoundHandler((_request, reply) => nothingHere(reply));
  app.addHook('onRequest', async (request) => {
    delete request.raw.headers['content-type'];
  });
  return app;
}

function nothingHere(reply: FastifyReply): FastifyReply {
  return say(reply, 404, 'Nothing is served here.');
}

export function say(reply: FastifyReply, status: number, sentence: string): FastifyReply {
  return reply.code(status).type('text/plain; charset=utf-8').send(`${sentence}\n`);
}
