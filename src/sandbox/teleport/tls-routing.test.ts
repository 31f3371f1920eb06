import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ConnectionOptions, TLSSocket } from 'node:tls';
import { connect } from 'node:tls';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { authProtocols, credentialsIn } from './api-caller.ts';
import type { SandboxTeleport, SandboxTeleportOptions } from './teleport.ts';
import { startSandboxTeleport } from './teleport.ts';

let folder: string;
const clusters: SandboxTeleport[] = [];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sandbox-routing-'));
});
afterAll(async () => {
  for (const cluster of clusters) await cluster.close();
  await rm(folder, { recursive: true, force: true });
});

async function start(options: SandboxTeleportOptions = {}): Promise<SandboxTeleport> {
  const cluster = await startSandboxTeleport(options);
  clusters.push(cluster);
  return cluster;
}

async function identityOf(cluster: SandboxTeleport, ttlMs = 3600_000) {
  const file = join(folder, 'identity');
  await cluster.issueIdentity({ file, ttlMs });
  return credentialsIn(file);
}

/** What became of a handshake: what was agreed on, or the code of the error. */
async function shakeHands(address: string, options: ConnectionOptions) {
  const [host = '', port] = address.split(':');
  const socket = connect({ host, port: Number(port), servername: 'teleport.cluster.local', ...options });
  try {
    await once(socket, 'secureConnect');
    return { ...agreed(socket), later: await whatFollows(socket) };
  } catch (error) {
    return { error: Object(error).code };
  } finally {
    socket.destroy();
  }
}

function agreed(socket: TLSSocket) {
  const { subject, subjectaltname } = socket.getPeerCertificate();
  return { protocol: socket.alpnProtocol, version: socket.getProtocol(), subject, names: subjectaltname };
}

/** In TLS 1.3 a client hears only after its own part whether it was let in: then either data comes or an error. */
async function whatFollows(socket: TLSSocket): Promise<string> {
  if (socket.alpnProtocol !== 'h2') return 'nothing';
  const error = once(socket, 'error').then(([{ code }]) => String(code));
  return Promise.race([once(socket, 'data').then(() => 'data'), error]);
}

const AUTH = {
  protocol: 'h2',
  version: 'TLSv1.3',
  names: 'DNS:teleport.cluster.local, DNS:*.teleport.cluster.local',
  later: 'data',
};

describe('a client that asks for Auth by the first protocol it offers', () => {
  let cluster: SandboxTeleport;
  let identity: Awaited<ReturnType<typeof identityOf>>;
  beforeAll(async () => {
    cluster = await start({ clusterName: 'example.com' });
    identity = await identityOf(cluster);
  });
  const protocols = authProtocols('example.com');

  it('meets Auth, which the authority in its identity vouches for', async () => {
    const met = await shakeHands(cluster.proxyAddress, { ...identity, ALPNProtocols: protocols });
    expect(met).toMatchObject(AUTH);
  });

  it('may name the cluster in the server name as well, as tctl does', async () => {
    const servername = `${Buffer.from('example.com').toString('hex')}.teleport.cluster.local`;
    const met = await shakeHands(cluster.proxyAddress, { ...identity, servername, ALPNProtocols: protocols });
    expect(met).toMatchObject(AUTH);
  });

  it('comes in without a certificate', async () => {
    const met = await shakeHands(cluster.proxyAddress, { ca: identity.ca, ALPNProtocols: protocols });
    expect(met).toMatchObject(AUTH);
  });

  it('is told so when its certificate has expired', async () => {
    const expired = await identityOf(cluster, -60_000);
    const met = await shakeHands(cluster.proxyAddress, { ...expired, ALPNProtocols: protocols });
    expect(met).toMatchObject({ ...AUTH, later: 'ERR_SSL_SSLV3_ALERT_CERTIFICATE_EXPIRED' });
  });

  it('is told so when its certificate is of another cluster', async () => {
    const { cert, key } = await identityOf(await start());
    const met = await shakeHands(cluster.proxyAddress, {
      cert,
      key,
      ca: identity.ca,
      ALPNProtocols: protocols,
    });
    expect(met).toMatchObject({ ...AUTH, later: 'ERR_SSL_TLSV1_ALERT_UNKNOWN_CA' });
  });

  it('is refused without h2', async () => {
    const met = await shakeHands(cluster.proxyAddress, { ...identity, ALPNProtocols: protocols.slice(0, 1) });
    expect(met).toEqual({ error: 'ERR_SSL_TLSV1_ALERT_NO_APPLICATION_PROTOCOL' });
  });

  it('is cut off when it asks for another cluster', async () => {
    const met = await shakeHands(cluster.proxyAddress, {
      ...identity,
      ALPNProtocols: authProtocols('other'),
    });
    expect(met).toEqual({ error: 'ECONNRESET' });
  });

  it.each([
    ['both protocols', protocols],
    ['h2 alone', ['h2']],
  ])("meets Auth at Auth's own port as well, with %s", async (_, ALPNProtocols) => {
    expect(await shakeHands(cluster.authAddress, { ...identity, ALPNProtocols })).toMatchObject(AUTH);
  });

  it("is hung up on at Auth's own port without any protocol", async () => {
    const [host = '', port] = cluster.authAddress.split(':');
    const socket = connect({ host, port: Number(port), servername: 'teleport.cluster.local', ...identity });
    socket.on('error', () => {});
    socket.resume();
    await once(socket, 'close');
  });
});

describe('every other client', () => {
  let cluster: SandboxTeleport;
  let web: ConnectionOptions;
  beforeAll(async () => {
    cluster = await start();
    web = { ca: cluster.webCaPem, servername: 'localhost' };
  });
  const page = { names: 'DNS:localhost, IP Address:127.0.0.1' };

  it.each([
    ['h2 first', ['h2', ...authProtocols()], 'h2'],
    ['http/1.1', ['http/1.1'], 'http/1.1'],
    ["agents' tunnels", ['teleport-reversetunnel'], 'teleport-reversetunnel'],
    ['nothing', undefined, false],
  ])('meets the web server: %s', async (_, ALPNProtocols, protocol) => {
    const offer = ALPNProtocols === undefined ? {} : { ALPNProtocols };
    expect(await shakeHands(cluster.proxyAddress, { ...web, ...offer })).toMatchObject({ ...page, protocol });
  });

  it('is refused where nobody knows its protocol', async () => {
    const met = await shakeHands(cluster.proxyAddress, { ...web, ALPNProtocols: ['spdy/3'] });
    expect(met).toEqual({ error: 'ERR_SSL_TLSV1_ALERT_NO_APPLICATION_PROTOCOL' });
  });

  it("does not trust it by an identity's authority, nor Auth by the web's", async () => {
    const { ca } = await identityOf(cluster);
    const wrong = { error: 'UNABLE_TO_VERIFY_LEAF_SIGNATURE' };
    expect(await shakeHands(cluster.proxyAddress, { ...web, ca })).toEqual(wrong);
    const asked = { ca: cluster.webCaPem, ALPNProtocols: authProtocols() };
    expect(await shakeHands(cluster.proxyAddress, asked)).toEqual(wrong);
  });
});

describe('where protocols do not lead to Auth', () => {
  it('a load balancer meets every client, and agrees on nothing', async () => {
    const cluster = await start({ loadBalancer: true });
    const web = { ca: cluster.webCaPem, servername: 'localhost' };
    for (const ALPNProtocols of [authProtocols(), ['teleport-reversetunnel'], ['h2']]) {
      const met = await shakeHands(cluster.proxyAddress, { ...web, ALPNProtocols });
      expect(met).toMatchObject({ protocol: false, names: 'DNS:localhost, IP Address:127.0.0.1' });
    }
  });

  it('the web server meets every client when TLS routing is off', async () => {
    const cluster = await start({ tlsRouting: false });
    const web = { ca: cluster.webCaPem, servername: 'localhost', ALPNProtocols: authProtocols() };
    expect(await shakeHands(cluster.proxyAddress, web)).toMatchObject({ protocol: 'h2' });
    const tunnel = { ...web, ALPNProtocols: ['teleport-reversetunnel'] };
    expect(await shakeHands(cluster.proxyAddress, tunnel)).toEqual({
      error: 'ERR_SSL_TLSV1_ALERT_NO_APPLICATION_PROTOCOL',
    });
    const identity = await identityOf(cluster);
    const direct = { ...identity, ALPNProtocols: ['h2'] };
    expect(await shakeHands(cluster.authAddress, direct)).toMatchObject(AUTH);
  });
});
