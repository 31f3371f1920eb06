import { create } from '@bufbuild/protobuf';
import { Code } from '@connectrpc/connect';
import { describe, expect, it } from 'vitest';
import { EventSchema, EventType } from '../../teleport/gen/auth_pb.ts';
import { EventQueue } from './event-queue.ts';

const put = () => create(EventSchema, { type: EventType.PUT });

describe('events on their way to a reader', () => {
  it('wait for it, and it for them', async () => {
    const queue = new EventQueue();
    queue.add(put);
    const events = queue.events(new AbortController().signal);
    expect(await events.next()).toMatchObject({ done: false });
    const next = events.next();
    queue.add(put);
    expect(await next).toMatchObject({ done: false });
    await events.return(undefined);
  });

  it('end with the signal, also while it waits', async () => {
    const stop = new AbortController();
    const events = new EventQueue().events(stop.signal);
    const next = events.next();
    stop.abort();
    expect(await next).toMatchObject({ done: true });
  });

  it('end with an error when it is too slow for them', async () => {
    const queue = new EventQueue();
    queue.add(put);
    queue.add(put);
    const events = queue.events(new AbortController().signal);
    await events.next();
    for (let count = 0; count <= 50_000; count += 1) queue.add(put);
    await expect(events.next()).rejects.toMatchObject({ code: Code.Unavailable });
  });
});
