import { Agent, request } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { monotonic } from '../clock.ts';
import type { Running } from '../subject.ts';

export interface Sent {
  readonly statuses: ReadonlyMap<number | string, number>;
  /** Milliseconds from when each was due to its answer. */
  readonly tookMs: readonly number[];
}

/**
 * Sends so many webhooks a second, whether those before are answered or not, over connections that are kept, as
 * the Engine does. Resolves when the last one is answered.
 */
export async function stream(
  { url, secret }: Pick<Running, 'url' | 'secret'>,
  { perSecond, seconds, next }: { perSecond: number; seconds: number; next: () => object },
): Promise<Sent> {
  const agent = new Agent({ keepAlive: true, maxSockets: 256 });
  const statuses = new Map<number | string, number>();
  const tookMs: number[] = [];
  const one = (dueAt: number) =>
    new Promise<void>((resolve) => {
      const ended = (status: number | string) => {
        statuses.set(status, (statuses.get(status) ?? 0) + 1);
        tookMs.push(monotonic() - dueAt);
        resolve();
      };
      const sent = request(
        url,
        { agent, method: 'POST', headers: { 'DBLab-Webhook-Token': secret } },
        (answer) => answer.resume().once('end', () => ended(answer.statusCode ?? 0)),
      );
      sent.once('error', (error: NodeJS.ErrnoException) => ended(error.code ?? error.message));
      sent.end(JSON.stringify(next()));
    });
  const startedAt = monotonic();
  const all: Promise<void>[] = [];
  const total = perSecond * seconds;
  while (all.length < total) {
    const due = Math.min(total, Math.floor(((monotonic() - startedAt) / 1_000) * perSecond));
    while (all.length < due) all.push(one(startedAt + (all.length / perSecond) * 1_000));
    await sleep(5);
  }
  await Promise.all(all);
  agent.destroy();
  return { statuses, tookMs };
}
