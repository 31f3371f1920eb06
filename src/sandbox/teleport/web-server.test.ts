import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import type { IncomingMessage } from 'node:http';
import { connect as connectHttp2 } from 'node:http2';
import { request } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Duplex } from 'node:stream';
import { text } from 'node:stream/consumers';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { encodeFrame, FrameReader } from '../../teleport/api-frames.ts';
import { FakeClock } from '../../testing/fake-clock.ts';
import { aDatabase, authTls, credentialsIn, openCaller } from './api-caller.ts';
import type { SandboxTeleport, SandboxTeleportOptions } from './teleport.ts';
import { startSandboxTeleport } from './teleport.ts';
import { acceptKey } from './websocket.ts';

let folder: string;
let identity: string;
let teleport: SandboxTeleport;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sandbox-web-'));
  identity = join(folder, 'identity');
});
afterAll(() => rm(folder, { recursive: true, force: true }));
afterEach(() => teleport.close());

async function open(options: SandboxTeleportOptions = {}): Promise<void> {
  teleport = await startSandboxTeleport(options);
}

function ask(path: string, headers: Record<string, string> = {}) {
  return request(`https://${teleport.proxyAddress}${path}`, { ca: teleport.webCaPem, headers, agent: false });
}

async function get(path: string): Promise<{ status: number | undefined; body: string }> {
  const [response] = (await once(ask(path).end(), 'response')) as [IncomingMessage];
  return { status: response.statusCode, body: await text(response) };
}

describe("the proxy's pages", () => {
  it.each([
    { version: '18.0.0', oldest: '17.0.0-aa' },
    { version: '15.1.4', oldest: '14.0.0-aa' },
  ] as const)('tell everybody about a cluster of $version', async ({ version, oldest }) => {
    await open({ version, clusterName: 'example.com' });
    for (const path of ['/webapi/ping', '/webapi/find']) {
      const { status, body } = await get(path);
      expect(status).toBe(200);
      expect(JSON.parse(body)).toMatchObject({
        server_version: version,
        min_client_version: oldest,
        cluster_name: 'example.com',
        proxy: { tls_routing_enabled: true, ssh: { public_addr: teleport.proxyAddress } },
      });
    }
  });

  it('say that TLS routing is off where it is', async () => {
    await open({ tlsRouting: false });
    expect(JSON.parse((await get('/webapi/ping')).body)).toMatchObject({
      proxy: { tls_routing_enabled: false },
    });
  });

  it('hand out the authority that a PostgreSQL trusts', async () => {
    await open();
    expect(await get('/webapi/auth/export?type=db-client')).toEqual({
      status: 200,
      body: teleport.clientCaPem,
    });
    expect(await get('/webapi/auth/export?type=nope')).toMatchObject({ status: 400 });
    expect(await get('/webapi/auth/export')).toMatchObject({ status: 400 });
    expect(await get('/elsewhere')).toMatchObject({ status: 404 });
  });

  it('are there over HTTP/2 as well', async () => {
    await open();
    const session = connectHttp2(`https://${teleport.proxyAddress}`, { ca: teleport.webCaPem });
    const stream = session.request({ ':path': '/webapi/ping' });
    expect(JSON.parse(await text(stream))).toMatchObject({ cluster_name: 'sandbox' });
    session.destroy();
  });
});

/** The client's end of a tunnel. */
class Tunnel extends Duplex {
  readonly #socket: Duplex;
  readonly #reader = new FrameReader({ peer: 'server' });
  pings = 0;

  constructor(socket: Duplex, head: Buffer) {
    super();
    this.#socket = socket;
    socket.on('data', (chunk: Buffer) => this.#receive(chunk));
    socket.on('error', () => this.destroy());
    socket.on('close', () => this.destroy());
    this.#receive(head);
  }

  override _read(): void {}

  override _write(chunk: Buffer, _: BufferEncoding, done: () => void): void {
    this.#socket.write(encodeFrame('data', chunk, randomBytes(4)), () => done());
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    this.#socket.destroy();
    done(error);
  }

  #receive(chunk: Buffer): void {
    for (const { type, payload } of this.#reader.read(chunk)) {
      if (type === 'data') this.push(payload);
      if (type === 'ping') this.pings += 1;
    }
  }
}

async function upgrade(protocol: string): Promise<Tunnel> {
  const key = randomBytes(16).toString('base64');
  const [response, socket, head] = await once(
    ask('/webapi/connectionupgrade', {
      connection: 'Upgrade',
      upgrade: 'websocket',
      'sec-websocket-version': '13',
      'sec-websocket-key': key,
      'sec-websocket-protocol': protocol,
    }).end(),
    'upgrade',
  );
  expect(response.headers).toMatchObject({
    upgrade: 'websocket',
    'sec-websocket-protocol': protocol,
    'sec-websocket-accept': acceptKey(key),
  });
  return new Tunnel(socket, head);
}

async function refused(headers: Record<string, string>, path = '/webapi/connectionupgrade'): Promise<number> {
  const asked = ask(path, { connection: 'Upgrade', upgrade: 'websocket', ...headers }).end();
  const [response] = (await once(asked, 'response')) as [IncomingMessage];
  response.resume();
  return response.statusCode ?? 0;
}

describe('the way to Auth through a load balancer', () => {
  it.each(['alpn', 'alpn-ping'])('carries calls over the sub-protocol %s', async (protocol) => {
    await open({ loadBalancer: true, cacheLag: { minMs: 0, maxMs: 0 } });
    await teleport.issueIdentity({ file: identity });
    const tunnel = await upgrade(protocol);
    const caller = openCaller(() => authTls(tunnel, credentialsIn(identity)));
    const names = Array.from({ length: 50 }, (_, index) => `db-${index}`);
    await Promise.all(
      names.map((name) => caller.api.createDatabase(aDatabase(name, { long: 'x'.repeat(5000) }))),
    );
    expect((await caller.api.getDatabases({})).databases).toHaveLength(50);
    caller.close();
  });

  it('is kept open by pings where the client asked for them', async () => {
    const clock = new FakeClock();
    await open({ clock });
    const [quiet, pinged] = [await upgrade('alpn'), await upgrade('alpn-ping')];
    await clock.advance(30_000);
    await expect.poll(() => pinged.pings).toBe(1);
    await clock.advance(60_000);
    await expect.poll(() => pinged.pings).toBe(3);
    expect(quiet.pings).toBe(0);
    quiet.destroy();
    pinged.destroy();
  });

  it('is refused to those who do not ask for it as they must', async () => {
    await open();
    const right = { 'sec-websocket-key': 'x', 'sec-websocket-protocol': 'alpn' };
    expect(await refused({ ...right, 'sec-websocket-protocol': 'chat' })).toBe(400);
    expect(await refused({ 'sec-websocket-protocol': 'alpn' })).toBe(400);
    expect(await refused({ ...right, upgrade: 'alpn' })).toBe(400);
    expect(await refused(right, '/webapi/ping')).toBe(404);
  });

  it('does not exist where TLS routing is off', async () => {
    await open({ tlsRouting: false });
    expect(await refused({ 'sec-websocket-key': 'x', 'sec-websocket-protocol': 'alpn' })).toBe(404);
  });

  it('ends with those who say nothing that Auth understands', async () => {
    await open();
    const tunnel = await upgrade('alpn');
    tunnel.write('hello?');
    await once(tunnel, 'close');
  });
});
