import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { createServer as createTlsServer } from 'node:tls';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Releases } from '../lib/releases.ts';
import { createAuthority } from '../sandbox/teleport/authority.ts';
import { eventually } from '../testing/eventually.ts';
import { FakeProxy } from '../testing/fake-proxy.ts';
import { openTunnel } from './api-tunnel.ts';
import type { WebAddress } from './api-web.ts';

const unaborted = new AbortController().signal;
let releases: Releases;
let caFile: string;

beforeEach(async () => {
  releases = new Releases();
  const folder = await mkdtemp(join(tmpdir(), 'dblab-tunnel-'));
  releases.add(() => rm(folder, { recursive: true, force: true }));
  caFile = join(folder, 'ca.pem');
});
afterEach(() => releases.run());

async function listen(server: Server): Promise<number> {
  const sockets = new Set<Socket>();
  server.on('connection', (socket: Socket) => sockets.add(socket));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  releases.add(async () => {
    server.close();
    for (const socket of sockets) socket.destroy();
    await once(server, 'close');
  });
  return (server.address() as AddressInfo).port;
}

/** A proxy before something that is no Auth at all: the tunnel does not care. */
async function tunnelTo(handler: (socket: Socket) => void): Promise<WebAddress> {
  const auth = await listen(createServer({ allowHalfOpen: true }, handler));
  const proxy = await FakeProxy.start({ auth, cluster: 'c', hasUpgrade: true });
  releases.add(() => proxy.close());
  await writeFile(caFile, proxy.webCa);
  return { host: '127.0.0.1', port: Number(proxy.address.split(':')[1]), caFile };
}

/** A web server that answers every request with this text. */
async function webThatSays(text: string): Promise<WebAddress> {
  const authority = await createAuthority('web', Date.now());
  const { certificate, key } = await authority.issue({
    subject: [{ CN: ['web'] }],
    notAfter: Date.now() + 3600_000,
    server: [{ type: 'ip', value: '127.0.0.1' }],
  });
  await writeFile(caFile, authority.certificate);
  const options = { cert: certificate, key: key.export({ format: 'pem', type: 'pkcs8' }) };
  const server = createTlsServer(options, (socket) => {
    socket.on('error', () => {});
    socket.once('data', () => socket.write(text));
  });
  return { host: '127.0.0.1', port: await listen(server), caFile };
}

describe('the tunnel', () => {
  it('carries bytes both ways, many at once, to the last', async () => {
    const sent = Buffer.alloc(3_000_000, 'there ');
    const tunnel = await openTunnel(
      await tunnelTo((socket) => {
        let size = 0;
        socket.on('data', (chunk) => {
          size += chunk.length;
          if (size === sent.length) socket.end(Buffer.alloc(5_000_000, 'back '));
        });
      }),
      unaborted,
    );
    tunnel.write(sent);
    const received = await buffer(tunnel);
    expect(received.equals(Buffer.alloc(5_000_000, 'back '))).toBe(true);
  });

  it('waits for a slow reader', async () => {
    const address = await tunnelTo((socket) => socket.write(Buffer.alloc(20_000_000)));
    const tunnel = await openTunnel(address, unaborted);
    await once(tunnel, 'readable');
    const flood = expect.poll(() => tunnel.readableLength, { timeout: 300 }).toBeGreaterThan(1_000_000);
    await expect(flood).rejects.toThrow();
    tunnel.destroy();
  });

  it('ends for the other side when we end it', async () => {
    let isOver = false;
    const address = await tunnelTo((socket) => {
      socket.on('error', () => {});
      socket.resume().on('close', () => {
        isOver = true;
      });
      socket.on('end', () => socket.end());
    });
    const tunnel = await openTunnel(address, unaborted);
    tunnel.destroy();
    await eventually(() => isOver).toBe(true);
  });

  const upgrade = (lines: string[]) =>
    ['HTTP/1.1 101 Switching Protocols', 'Connection: Upgrade', ...lines, '', ''].join('\r\n');

  it.each([
    ['refuses', 'HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n', /with HTTP 403/],
    ['speaks another protocol', upgrade(['Upgrade: h2c']), /with HTTP 101/],
    [
      'did not understand',
      upgrade(['Upgrade: websocket', 'Sec-WebSocket-Protocol: alpn-ping']),
      /with HTTP 101/,
    ],
    [
      'agrees to something else',
      upgrade(['Upgrade: websocket', 'Sec-WebSocket-Protocol: x', 'Sec-WebSocket-Accept: x']),
      /with HTTP 101/,
    ],
  ])('is not there where the proxy %s', async (_what, text, message) => {
    await expect(openTunnel(await webThatSays(text), unaborted)).rejects.toMatchObject({
      kind: 'no-upgrade',
      message,
    });
  });

  it('is not there where the answer is not HTTP, or has no end', async () => {
    await expect(openTunnel(await webThatSays('SSH-2.0-x\r\n'), unaborted)).rejects.toMatchObject({
      code: /^HPE_/,
    });
    const endless = `HTTP/1.1 101 x\r\n${'x-y: z\r\n'.repeat(10_000)}`;
    await expect(openTunnel(await webThatSays(endless), unaborted)).rejects.toMatchObject({
      code: 'HPE_HEADER_OVERFLOW',
    });
  });

  it('is given up when its caller goes', async () => {
    const gone = new AbortController();
    const address = await webThatSays('');
    const opening = openTunnel(address, gone.signal);
    gone.abort();
    await expect(opening).rejects.toMatchObject({ name: 'AbortError' });
  });
});
