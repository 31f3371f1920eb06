import type { FastifyInstance, FastifyReply } from 'fastify';
import type { Clock } from '../../lib/clock.ts';
import { say } from '../app.ts';
import type { News } from '../news.ts';
import type { StatusDocument } from '../status-document.ts';
import { SCRIPT, STYLE } from './assets.ts';
import { Events } from './events.ts';
import { pageOf } from './page.ts';
import { questionIn } from './selection.ts';

export interface PageParts {
  readonly document: () => StatusDocument;
  readonly news: News;
  readonly clock: Clock;
}

/** Nothing but this server's own files, no frame around it, no address told to others. */
const HEADERS = {
  'Content-Security-Policy':
    "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; img-src data:; form-action 'self'; " +
    "base-uri 'none'; frame-ancestors 'none'",
  'Referrer-Policy': 'no-referrer',
  'X-Content-Type-Options': 'nosniff',
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Resource-Policy': 'same-origin',
  'Cache-Control': 'no-store',
} as const;

/** `/`, what it loads, and the events by which it lives. `close` ends the latter. */
export function addPage(app: FastifyInstance, { document, news, clock }: PageParts): { close(): void } {
  const events = new Events(news, clock);
  const send = (reply: FastifyReply, type: string, text: string) =>
    reply.headers(HEADERS).type(`${type}; charset=utf-8`).send(text);
  app.get('/', (request, reply) =>
    send(reply, 'text/html', pageOf(document(), questionIn(request.url), clock.now())),
  );
  app.get('/page.css', (_request, reply) => send(reply, 'text/css', STYLE));
  app.get('/page.js', (_request, reply) => send(reply, 'text/javascript', SCRIPT));
  app.get('/events', (_request, reply) => {
    if (events.isFull) return say(reply, 503, 'Too many pages are open.');
    reply.hijack();
    void events.serve(reply.raw);
    return reply;
  });
  return { close: () => events.close() };
}
