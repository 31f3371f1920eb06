import { monotonic } from './clock.ts';
import type { Running } from './subject.ts';

export interface Clone {
  readonly id: string;
  readonly port: number;
}

/** Whether a webhook was answered 200, and when it went and came, on the common clock. */
export interface Answer {
  readonly ok: boolean;
  readonly sentAt: number;
  readonly answeredAt: number;
}

/** What the Engine sends. */
export function eventOf(type: string, { id, port }: Clone): object {
  return { event_type: type, entity_id: id, port };
}

/** Sends one event per clone, all at once, as the Engine does. */
export function sendAll(to: Pick<Running, 'url' | 'secret'>, event: string, clones: readonly Clone[]) {
  return Promise.all(clones.map((clone) => send(to, event, clone)));
}

export async function send(
  { url, secret }: Pick<Running, 'url' | 'secret'>,
  event: string,
  clone: Clone,
): Promise<Answer> {
  const sentAt = monotonic();
  const ok = await fetch(url, {
    method: 'POST',
    headers: { 'DBLab-Webhook-Token': secret },
    body: JSON.stringify(eventOf(event, clone)),
    signal: AbortSignal.timeout(60_000),
  }).then(
    async (answer) => {
      await answer.arrayBuffer();
      return answer.status === 200;
    },
    () => false,
  );
  return { ok, sentAt, answeredAt: monotonic() };
}
