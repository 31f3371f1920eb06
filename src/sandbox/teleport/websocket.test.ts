import { once } from 'node:events';
import { Duplex, PassThrough } from 'node:stream';
import { text } from 'node:stream/consumers';
import { describe, expect, it } from 'vitest';
import type { FrameType } from '../../teleport/api-frames.ts';
import { encodeFrame } from '../../teleport/api-frames.ts';
import { acceptKey, WebSocketStream } from './websocket.ts';

const frame = (type: FrameType, payload = '') => encodeFrame(type, Buffer.from(payload));
const fromClient = (type: FrameType, payload = '') =>
  encodeFrame(type, Buffer.from(payload), Buffer.from([1, 2, 3, 4]));

/** A socket whose other end the test holds. */
function open(head: Buffer = Buffer.alloc(0)) {
  const toServer = new PassThrough();
  const fromServer = new PassThrough();
  const socket = Duplex.from({ readable: toServer, writable: fromServer });
  const stream = new WebSocketStream(socket, head);
  const next = async (): Promise<Buffer> => (await once(fromServer, 'data'))[0];
  return { socket, stream, toServer, next };
}

describe('a WebSocket as a stream', () => {
  it('is what all frames hold, one after the other, until the client closes', async () => {
    const { stream, toServer, next } = open(fromClient('data', 'early, '));
    const closing = next();
    toServer.write(fromClient('data', 'first, '));
    toServer.write(fromClient('pong', 'unasked'));
    toServer.write(Buffer.concat([fromClient('data', 'second'), fromClient('close')]));
    toServer.write(fromClient('data', 'after the end'));
    expect(await text(stream)).toBe('early, first, second');
    expect(await closing).toEqual(frame('close'));
  });

  it('sends what is written as frames, and answers pings', async () => {
    const { stream, toServer, next } = open();
    stream.write('hello');
    expect(await next()).toEqual(frame('data', 'hello'));
    toServer.write(fromClient('ping', 'there?'));
    expect(await next()).toEqual(frame('pong', 'there?'));
    stream.ping();
    expect(await next()).toEqual(frame('ping'));
    stream.destroy();
  });

  it('breaks with a client that breaks the rules', async () => {
    const { socket, stream, toServer } = open();
    toServer.write(frame('data', 'without a mask'));
    await once(stream, 'close');
    expect(socket.destroyed).toBe(true);
  });
});

it('answers the key of RFC 6455 as it says', () => {
  expect(acceptKey('dGhlIHNhbXBsZSBub25jZQ==')).toBe('s3pPLMBiTxaQ9kYGzzhZRbK+xOo=');
});
