import { once } from 'node:events';
import { appendFile, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer as createHttpServer } from 'node:http';
import { createSecureServer } from 'node:http2';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createServer as createTlsServer } from 'node:tls';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { systemClock } from '../lib/clock.ts';
import { silentLog } from '../lib/log.ts';
import { Releases } from '../lib/releases.ts';
import { createAuthority } from '../sandbox/teleport/authority.ts';
import { eventually } from '../testing/eventually.ts';
import { FakeAuth, type FakeAuthOptions } from '../testing/fake-auth.ts';
import { FakeProxy, type FakeProxyOptions } from '../testing/fake-proxy.ts';
import { Connection, type ConnectionOptions } from './api-connection.ts';
import { authProtocol } from './api-dial.ts';

let folder: string;
let releases: Releases;
let file: string;

beforeEach(async () => {
  releases = new Releases();
  folder = await mkdtemp(join(tmpdir(), 'dblab-api-'));
  file = join(folder, 'identity');
  releases.add(() => rm(folder, { recursive: true, force: true }));
});
afterEach(() => releases.run());

async function startAuth(options?: FakeAuthOptions): Promise<FakeAuth> {
  const auth = await FakeAuth.start(options);
  releases.add(() => auth.close());
  await auth.issue(file);
  return auth;
}

async function startProxy(options: FakeProxyOptions): Promise<FakeProxy> {
  const proxy = await FakeProxy.start(options);
  releases.add(() => proxy.close());
  await writeFile(join(folder, 'web-ca.pem'), proxy.webCa);
  return proxy;
}

function connectTo(proxy: string, options: Partial<ConnectionOptions> = {}): Connection {
  const connection = new Connection({
    proxy,
    identityFile: file,
    userAgent: 'dblab/test',
    clock: systemClock,
    log: silentLog,
    ...options,
  });
  releases.add(() => connection.close());
  return connection;
}

const AUTH_CERTIFICATE = {
  subject: [{ CN: ['auth'] }],
  notAfter: Date.now() + 3600_000,
  server: [{ type: 'dns' as const, value: 'teleport.cluster.local' }],
};

const trusting = () => ({ caFile: join(folder, 'web-ca.pem') });
const facts = (cluster: string, isRouting = true) => ({
  cluster_name: cluster,
  proxy: { tls_routing_enabled: isRouting },
});

async function listen(server: Server): Promise<string> {
  const sockets = new Set<Socket>();
  server.on('connection', (socket) => sockets.add(socket));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  releases.add(async () => {
    server.close();
    for (const socket of sockets) socket.destroy();
    await once(server, 'close');
  });
  return `127.0.0.1:${(server.address() as AddressInfo).port}`;
}

describe('ways to Auth', () => {
  it.each([
    ['example.com', 'teleport-auth@6578616d706c652e636f6d.teleport.cluster.local'],
    ['größe', 'teleport-auth@6772c3b6c39f65.teleport.cluster.local'],
    ['x'.repeat(109), expect.stringMatching(/^teleport-auth@(78){109}\.teleport\.cluster\.local$/)],
    ['x'.repeat(110), undefined],
  ])('the protocol that leads to the Auth of %s', (cluster, protocol) => {
    expect(authProtocol(cluster)).toEqual(protocol);
  });

  it("through the proxy's web port, by ALPN", async () => {
    const auth = await startAuth();
    const proxy = await startProxy({ auth: auth.port, cluster: auth.cluster, hasTlsRouting: true });
    const connection = connectTo(proxy.address);
    const session = await connection.session();
    expect(session.facts.route).toBe('tls-routing');
    expect(auth.handshakes).toEqual([{ protocol: 'h2', servername: 'teleport.cluster.local' }]);
    await expect(connection.session()).resolves.toBe(session);
    expect(proxy.connections).toBe(1);
  });

  it("to Auth's own port", async () => {
    const auth = await startAuth();
    await connectTo(auth.address).session();
    expect(auth.handshakes).toHaveLength(1);
  });

  it('directly, where the name of the cluster is too long for ALPN', async () => {
    const auth = await startAuth({ cluster: `${'x'.repeat(110)}.test` });
    expect((await connectTo(auth.address).session()).facts.route).toBe('direct');
  });

  it('over the connection upgrade, where something before the proxy ends TLS', async () => {
    const auth = await startAuth();
    const proxy = await startProxy({ auth: auth.port, cluster: auth.cluster, hasUpgrade: true });
    const connection = connectTo(proxy.address, trusting());
    const session = await connection.session();
    expect(session.facts.route).toBe('upgrade');
    expect(auth.handshakes).toEqual([{ protocol: 'h2', servername: 'teleport.cluster.local' }]);
    await eventually(() => proxy.pongs).toBe(1);
  });

  it('that worked last is tried first', async () => {
    const auth = await startAuth();
    const proxy = await startProxy({ auth: auth.port, cluster: auth.cluster, hasUpgrade: true });
    const connection = connectTo(proxy.address, trusting());
    const first = await connection.session();
    const before = proxy.connections;
    await first.destroy();
    await expect(connection.session()).resolves.not.toBe(first);
    expect(proxy.connections).toBe(before + 1);
  });

  it('are not tried where one is asked for', async () => {
    const auth = await startAuth();
    const proxy = await startProxy({ auth: auth.port, cluster: auth.cluster, hasUpgrade: true });
    await expect(
      connectTo(proxy.address, { ...trusting(), route: 'direct' }).session(),
    ).rejects.toMatchObject({
      code: 'unreachable',
    });
  });
});

describe('a session', () => {
  it('is opened once for all who ask at the same time', async () => {
    const auth = await startAuth();
    const connection = connectTo(auth.address);
    const sessions = await Promise.all(Array.from({ length: 10 }, () => connection.session()));
    expect(new Set(sessions).size).toBe(1);
    expect(auth.handshakes).toHaveLength(1);
  });

  it('makes room for another when the file holds a new identity', async () => {
    const auth = await startAuth();
    const connection = connectTo(auth.address);
    const first = await connection.session();
    await auth.issue(file);
    const second = await connection.session();
    expect(second).not.toBe(first);
    expect(first.isOpen).toBe(false);
    expect(first.retired.aborted).toBe(true);
    await eventually(() => first.ended.aborted).toBe(true);
    await expect(connection.session()).resolves.toBe(second);
  });

  it('that was lost is made anew when it is wanted again, and not before', async () => {
    const auth = await startAuth();
    const connection = connectTo(auth.address);
    const first = await connection.session();
    for (const session of auth.sessions) session.destroy();
    await eventually(() => first.isOpen).toBe(false);
    expect(auth.handshakes).toHaveLength(1);
    await connection.session();
    expect(auth.handshakes).toHaveLength(2);
  });

  it('is waited for no longer than its caller wants, and others go on waiting', async () => {
    const silent = createServer();
    await startAuth();
    const connection = connectTo(await listen(silent));
    const gives = new AbortController();
    const waits = new AbortController();
    const first = connection.session(gives.signal);
    const second = connection.session(waits.signal);
    await once(silent, 'connection');
    gives.abort(new Error('enough'));
    await expect(first).rejects.toThrow('enough');
    waits.abort(new Error('enough as well'));
    await expect(second).rejects.toThrow('enough as well');
    const third = connection.session();
    await Promise.all([expect(third).rejects.toMatchObject({ name: 'AbortError' }), connection.close()]);
  });

  it('ends with its sockets when the connection is closed', async () => {
    const auth = await startAuth();
    const connection = connectTo(auth.address);
    const session = await connection.session();
    await connection.close();
    expect(session.ended.aborted).toBe(true);
    await eventually(() => auth.sessions.length).toBe(0);
    await expect(connection.session()).rejects.toMatchObject({ name: 'AbortError' });
  });
});

describe('identities', () => {
  it('that have expired or are missing are found without a connection', async () => {
    const auth = await startAuth();
    await auth.issue(file, { ttlMs: -60_000 });
    const connection = connectTo(auth.address);
    await expect(connection.session()).rejects.toMatchObject({ code: 'identity-expired' });
    await rm(file);
    await expect(connection.session()).rejects.toMatchObject({ code: 'identity-missing' });
    await writeFile(file, '-----BEGIN PRIVATE KEY-----\n');
    await expect(connection.session()).rejects.toMatchObject({ code: 'identity-invalid' });
    expect(auth.handshakes).toEqual([]);
  });

  it('that are being written at this moment are waited for', async () => {
    const auth = await startAuth();
    const whole = await readFile(file, 'utf8');
    await writeFile(file, whole.slice(0, 300));
    const clock = {
      ...systemClock,
      sleep: async (ms: number, signal?: AbortSignal) => {
        if (ms === 200) await writeFile(file, whole);
        else await systemClock.sleep(ms, signal);
      },
    };
    await connectTo(auth.address, { clock }).session();
  });
});

describe('what is not the Auth that we look for is told in one sentence', () => {
  it("a leaf cluster, although the identity holds its authority beside the cluster's own", async () => {
    const auth = await startAuth();
    const leaf = await createAuthority('leaf.test', Date.now());
    await appendFile(file, leaf.certificate);
    const { certificate, key } = await leaf.issue(AUTH_CERTIFICATE);
    const options = { cert: certificate, key: key.export({ format: 'pem', type: 'pkcs8' }) };
    const address = await listen(createSecureServer(options));
    await expect(connectTo(address).session()).rejects.toMatchObject({ code: 'unreachable' });
    await connectTo(auth.address).session();
  });

  it.each([
    ['another cluster', true],
    ['another cluster behind a balancer', false],
  ])('%s', async (_what, isRouting) => {
    const auth = await startAuth();
    const find = facts('other.test');
    const proxy = await startProxy({
      auth: auth.port,
      cluster: 'other.test',
      hasTlsRouting: isRouting,
      find,
    });
    await expect(connectTo(proxy.address, trusting()).session()).rejects.toMatchObject({
      code: 'identity-invalid',
      message: `The identity in ${file} is for the cluster "example.com", but ${proxy.address} (--teleport-proxy) belongs to "other.test". Name the proxy of the first, or issue an identity of the second.`,
    });
    expect(proxy.connections).toBeLessThanOrEqual(4);
  });

  it.each([true, false])(
    'a cluster made anew under the same name (TLS routing: %s)',
    async (hasTlsRouting) => {
      const auth = await startAuth();
      await auth.issue(file, { host: await createAuthority(auth.cluster, Date.now()) });
      const proxy = await startProxy({
        auth: auth.port,
        cluster: auth.cluster,
        hasTlsRouting,
        hasUpgrade: true,
        find: facts(auth.cluster),
      });
      await expect(connectTo(proxy.address, trusting()).session()).rejects.toMatchObject({
        code: 'identity-invalid',
        message: expect.stringMatching(
          /^The Auth service behind .* shows a certificate that no authority in/,
        ),
      });
    },
  );

  it('a proxy without TLS routing', async () => {
    const auth = await startAuth();
    const proxy = await startProxy({
      auth: auth.port,
      cluster: auth.cluster,
      find: facts(auth.cluster, false),
    });
    await expect(connectTo(proxy.address, trusting()).session()).rejects.toMatchObject({
      code: 'unreachable',
      message: expect.stringMatching(/^TLS routing is off at .*--transport tctl/),
    });
  });

  it('a balancer that ends TLS and lets no WebSocket pass', async () => {
    const auth = await startAuth();
    const proxy = await startProxy({ auth: auth.port, cluster: auth.cluster, find: facts(auth.cluster) });
    await expect(connectTo(proxy.address, trusting()).session()).rejects.toMatchObject({
      code: 'unreachable',
      message: expect.stringMatching(/ends TLS.*it answered GET \/webapi\/connectionupgrade with HTTP 404/),
    });
  });

  it('a web certificate that nobody trusts', async () => {
    const auth = await startAuth();
    const proxy = await startProxy({ auth: auth.port, cluster: auth.cluster, hasUpgrade: true });
    await expect(connectTo(proxy.address).session()).rejects.toMatchObject({
      code: 'unreachable',
      message: expect.stringMatching(/its web certificate is not trusted \([A-Z_]+\).*--teleport-ca-file/),
    });
  });

  it('a CA file that is not there', async () => {
    const auth = await startAuth();
    const proxy = await startProxy({ auth: auth.port, cluster: auth.cluster });
    await expect(connectTo(proxy.address, { caFile: '/nowhere' }).session()).rejects.toMatchObject({
      message: expect.stringMatching(/^The CA file \/nowhere \(--teleport-ca-file\) cannot be read/),
    });
  });

  it('a web server that is no Teleport', async () => {
    await startAuth();
    const proxy = await startProxy({ auth: 1, cluster: 'none' });
    await expect(connectTo(proxy.address, trusting()).session()).rejects.toMatchObject({
      code: 'unreachable',
      message: expect.stringMatching(/is no Teleport proxy: it answered GET \/webapi\/find with HTTP 404/),
    });
  });

  it('a server with the right certificate and no HTTP/2', async () => {
    const auth = await startAuth();
    const { certificate, key } = await auth.host.issue(AUTH_CERTIFICATE);
    const server = createTlsServer({ cert: certificate, key: key.export({ format: 'pem', type: 'pkcs8' }) });
    await expect(connectTo(await listen(server)).session()).rejects.toMatchObject({
      code: 'unreachable',
      message: expect.stringContaining('not the Auth service'),
    });
  });

  it('a server that speaks plain HTTP', async () => {
    await startAuth();
    const address = await listen(createHttpServer());
    await expect(connectTo(address).session()).rejects.toMatchObject({
      code: 'unreachable',
      message: expect.stringMatching(
        / does not speak TLS, so it is no Teleport proxy\. Name the web address/,
      ),
    });
  });

  it.each([
    ['that answers nonsense', 'nonsense '.repeat(100)],
    ['that hangs up', ''],
  ])('a server %s', async (_what, nonsense) => {
    await startAuth();
    let connections = 0;
    const server = createServer((socket) => {
      connections += 1;
      socket.on('error', () => {});
      socket.once('data', () => socket.end(nonsense));
    });
    await expect(connectTo(await listen(server)).session()).rejects.toMatchObject({ code: 'unreachable' });
    expect(connections).toBeLessThanOrEqual(4);
  });

  it('a port where nobody listens', async () => {
    const auth = await startAuth();
    await auth.close();
    await expect(connectTo('127.0.0.1:1').session()).rejects.toMatchObject({
      code: 'unreachable',
      message: expect.stringMatching(
        /^Teleport at 127\.0\.0\.1:1 .* cannot be reached: the connection was refused/,
      ),
    });
  });

  it('a host that there is not', async () => {
    await startAuth();
    await expect(connectTo('nowhere.invalid:443').session()).rejects.toMatchObject({ code: 'unreachable' });
  });

  it('a server that takes the connection and says nothing', async () => {
    await startAuth();
    let connections = 0;
    const address = await listen(
      createServer(() => {
        connections += 1;
      }),
    );
    const hasty = {
      ...systemClock,
      sleep: (_ms: number, signal?: AbortSignal) => systemClock.sleep(50, signal),
    };
    await expect(connectTo(address, { clock: hasty }).session()).rejects.toMatchObject({ code: 'timeout' });
    expect(connections).toBe(1);
  });
});
