import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import { connect } from 'node:tls';
import { beforeAll, describe, expect, it } from 'vitest';
import { readClientHello } from './client-hello.ts';

/** What Node's own client says first. */
async function helloOf(options: { ALPNProtocols?: string[]; servername?: string }): Promise<Buffer> {
  const server = createServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const accepted = once(server, 'connection');
  const client = connect({ host: '127.0.0.1', port: (server.address() as AddressInfo).port, ...options });
  client.on('error', () => {});
  const [socket] = await accepted;
  const [hello] = await once(socket, 'data');
  client.destroy();
  socket.destroy();
  server.close();
  return hello;
}

/** The same hello, cut into records of so many bytes each. */
function inRecordsOf(bytes: number, hello: Buffer): Buffer {
  const records: Buffer[] = [];
  for (let rest = hello.subarray(5); rest.length > 0; rest = rest.subarray(bytes)) {
    const part = rest.subarray(0, bytes);
    records.push(Buffer.from([22, 3, 1, part.length >> 8, part.length & 0xff]), part);
  }
  return Buffer.concat(records);
}

const OFFER = ['teleport-auth@73616e64626f78.teleport.cluster.local', 'h2'];
let hello: Buffer;
beforeAll(async () => {
  hello = await helloOf({ ALPNProtocols: OFFER, servername: 'teleport.cluster.local' });
});

describe("a client's hello", () => {
  it('tells which protocols are offered, in their order', () => {
    expect(readClientHello(hello)).toEqual({ protocols: OFFER });
  });

  it('may offer none', async () => {
    expect(readClientHello(await helloOf({}))).toEqual({ protocols: [] });
  });

  it('is read only when it is whole', () => {
    for (let length = 0; length < hello.length; length += 1)
      expect(readClientHello(hello.subarray(0, length)), `${length} bytes`).toBe('incomplete');
  });

  it.each([1, 7, 100])('may be cut into records of %i bytes', (bytes) => {
    const cut = inRecordsOf(bytes, hello);
    expect(readClientHello(cut)).toEqual({ protocols: OFFER });
    expect(readClientHello(cut.subarray(0, -1))).toBe('incomplete');
  });

  it('may be followed by other bytes', () => {
    expect(readClientHello(Buffer.concat([hello, hello]))).toEqual({ protocols: OFFER });
  });
});

describe('what is no hello', () => {
  it.each([
    ['another record', Buffer.from([23, 3, 3, 0, 1, 1])],
    ['another protocol', Buffer.from('GET / HTTP/1.1\r\n\r\n')],
    ['another handshake message', Buffer.from([22, 3, 1, 0, 4, 2, 0, 0, 0])],
    ['a hello that claims to be huge', Buffer.from([22, 3, 1, 0, 4, 1, 0xff, 0xff, 0xff])],
    ['a hello without contents', Buffer.from([22, 3, 1, 0, 4, 1, 0, 0, 0])],
  ])('%s is foreign', (_, bytes) => {
    expect(readClientHello(bytes)).toBe('foreign');
  });

  it('is foreign when empty records have no end', () => {
    expect(readClientHello(Buffer.concat(Array(7000).fill(Buffer.from([22, 3, 1, 0, 0]))))).toBe('foreign');
  });

  it('is foreign when a length inside points beyond the end', () => {
    for (let at = 43; at < hello.length; at += 1) {
      const broken = Buffer.from(hello);
      broken[at] = 0xff;
      expect(readClientHello(broken)).not.toBe('incomplete');
    }
  });
});
