import type { FastifyInstance, FastifyRequest } from 'fastify';
import { type Hint, readEvent } from '../engine/event.ts';
import type { Log } from '../lib/log.ts';
import type { Secret } from '../lib/secret.ts';
import { newApp, say } from './app.ts';
import { REFUSALS, type Refuse, refuser } from './refusal.ts';
import { type ListenOptions, listen, type Server } from './server.ts';
import { WrongTokens } from './wrong-tokens.ts';

/*
 * Where the Engine's webhooks arrive. It promises to believe nobody without the secret, to hand a hint over
 * before it answers, and to answer at once. It does not know what becomes of a hint.
 */

export interface WebhookOptions extends ListenOptions {
  /** Any of these opens the door; there are several while one replaces another. */
  readonly secrets: readonly Secret[];
  readonly onHint: (hint: Hint) => void;
  /** Called with the status of every answer. */
  readonly onAnswer?: (status: number) => void;
  readonly log: Log;
}

const PATH = '/teleport-sync';
const MAX_BODY_BYTES = 1024 * 1024;

/** Listens for webhooks, checking path, method, secret, size and content in this order. Throws as `listen` does. */
export async function serveWebhook(options: WebhookOptions): Promise<Server> {
  const refuse = refuser(options.log, options.clock);
  const app = newApp();
  checkBeforeBody(app, options, refuse);
  readBodies(app, options.log, refuse);
  app.post(PATH, (request, reply) => {
    const event = readEvent(bodyOf(request));
    if (event.kind === 'refused') return refuse(request, reply, { status: 400, sentence: event.reason });
    if (event.kind === 'ignored') return say(reply, 200, `Ignored. ${event.reason}`);
    options.onHint(event);
    return say(reply, 200, 'Queued.');
  });
  app.addHook('onResponse', async (_request, reply) => options.onAnswer?.(reply.statusCode));
  await app.ready();
  return listen(app.routing, options);
}

function checkBeforeBody(
  app: FastifyInstance,
  { secrets, clock }: Pick<WebhookOptions, 'secrets' | 'clock'>,
  refuse: Refuse,
): void {
  const wrong = new WrongTokens(clock);
  app.addHook('onRequest', async (request, reply) => {
    if (request.is404 && pathOf(request) !== PATH) return refuse(request, reply, REFUSALS.path);
    if (request.is404) return refuse(request, reply.header('Allow', 'POST'), REFUSALS.method);
    if (wrong.isExhausted(request.ip))
      return refuse(request, reply.header('Retry-After', '1'), REFUSALS.guessing);
    if (opens(request.headers['dblab-webhook-token'], secrets)) return undefined;
    wrong.count(request.ip);
    return refuse(request, reply, REFUSALS.secret);
  });
}

function readBodies(app: FastifyInstance, log: Log, refuse: Refuse): void {
  app.addContentTypeParser('*', { parseAs: 'buffer', bodyLimit: MAX_BODY_BYTES }, (_request, body, done) =>
    done(null, body),
  );
  app.setErrorHandler((error: Error & { statusCode?: number; code?: string }, request, reply) => {
    if (error.statusCode === 413) return refuse(request, reply, REFUSALS.size);
    if (error.code === 'ECONNRESET') return refuse(request, reply, REFUSALS.slow);
    log.error({ error }, 'A webhook could not be handled. The next pass will find what it was about.');
    return say(reply, 500, 'The event could not be handled.');
  });
}

function pathOf(request: FastifyRequest): string | undefined {
  return request.url.split('?', 1)[0];
}

/** Compares with every secret, so that the time tells nothing. Node reads headers as Latin-1, the Engine sends UTF-8. */
function opens(token: string | string[] | undefined, secrets: readonly Secret[]): boolean {
  if (typeof token !== 'string' || token === '') return false;
  const candidate = Buffer.from(token, 'latin1').toString('utf8');
  return secrets.map((secret) => secret.matches(candidate)).includes(true);
}

function bodyOf(request: FastifyRequest): Uint8Array {
  return Buffer.isBuffer(request.body) ? request.body : new Uint8Array();
}
