import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Clock } from '../lib/clock.ts';
import type { Log } from '../lib/log.ts';
import { seldom } from '../lib/seldom.ts';
import { say } from './app.ts';

/** Why a request was refused: what its sender is told, and what whoever reads the log should do about it. */
export interface Refusal {
  readonly status: number;
  readonly sentence: string;
  readonly advice?: string;
}

export const REFUSALS = {
  path: {
    status: 404,
    sentence: 'Nothing is served here: webhooks are received at /teleport-sync.',
    advice: "Correct webhooks.hooks[].url in the Engine's server.yml.",
  },
  method: { status: 405, sentence: 'Webhooks are received by POST only.' },
  secret: {
    status: 401,
    sentence: 'The header DBLab-Webhook-Token is missing or holds another secret.',
    advice: "webhooks.hooks[].secret in the Engine's server.yml and WEBHOOK_SECRET must be the same.",
  },
  guessing: {
    status: 429,
    sentence: 'Too many webhooks with a wrong secret came from this address.',
    advice: 'Find out who sends them: until they end, its clones are seen by polling alone.',
  },
  size: { status: 413, sentence: 'The body is larger than 1 MiB.' },
  slow: { status: 408, sentence: 'The body did not arrive.' },
} as const satisfies Record<string, Refusal>;

export type Refuse = (request: FastifyRequest, reply: FastifyReply, refusal: Refusal) => FastifyReply;

const MINUTE = 60_000;

/** Answers refusals, and logs each kind once a minute at most: a wrong secret comes with every event. */
export function refuser(log: Log, clock: Clock): Refuse {
  const due = seldom(clock, MINUTE);
  return (request, reply, { status, sentence, advice }) => {
    const count = due(sentence);
    if (count !== undefined) {
      const text = `A webhook was refused. ${sentence} ${advice ?? ''}`;
      log.warn({ status, from: request.ip, count }, text.trimEnd());
    }
    return say(reply, status, sentence);
  };
}
