import { createPrivateKey, X509Certificate } from 'node:crypto';
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect, createServer } from 'node:tls';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { SandboxTeleport } from './teleport.ts';
import { startSandboxTeleport } from './teleport.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sandbox-identity-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const PEM = /-----BEGIN ([A-Z ]+)-----\n[\s\S]*?-----END \1-----\n/g;

describe.each([
  { version: '18.0.0', keyBlock: 'PRIVATE KEY', keyType: 'ec' },
  { version: '15.1.4', keyBlock: 'RSA PRIVATE KEY', keyType: 'rsa' },
] as const)('an identity file of $version', ({ version, keyBlock, keyType }) => {
  let teleport: SandboxTeleport;
  beforeAll(async () => {
    teleport = await startSandboxTeleport({ version, clusterName: 'example.com' });
  });
  afterAll(() => teleport.close());

  async function issue(request: { roles?: string[]; ttlMs?: number } = {}) {
    const file = join(folder, 'identity');
    await teleport.issueIdentity({ file, user: 'alice', ...request });
    const text = await readFile(file, 'utf8');
    const blocks = [...text.matchAll(PEM)];
    const [key = '', certificate = '', authority = ''] = blocks.map(([block]) => block);
    return { file, text, kinds: blocks.map(([, kind]) => kind), key, certificate, authority };
  }

  it('holds key, SSH certificate, certificate, SSH authority and authority, in that order', async () => {
    const { text, kinds } = await issue();
    expect(kinds).toEqual([keyBlock, 'CERTIFICATE', 'CERTIFICATE']);
    const between = text.replaceAll(PEM, '\n').trim().split(/\n+/);
    expect(between).toEqual([
      expect.stringMatching(/^(ecdsa-sha2-nistp256|ssh-rsa)-cert-v01@openssh\.com [A-Za-z0-9+/=]+$/),
      expect.stringMatching(
        /^@cert-authority example\.com,\*\.example\.com ssh-ed25519 [A-Za-z0-9+/=]+ type=host$/,
      ),
    ]);
  });

  it('has a key that belongs to its certificate', async () => {
    const { key, certificate } = await issue();
    expect(createPrivateKey(key).asymmetricKeyType).toBe(keyType);
    expect(new X509Certificate(certificate).checkPrivateKey(createPrivateKey(key))).toBe(true);
  });

  it('names user, roles and cluster, and is not signed by the authority in the file', async () => {
    const { certificate, authority } = await issue({ roles: ['one', 'two'] });
    const parsed = new X509Certificate(certificate);
    expect(parsed.subject.split(/\n| \+ /)).toEqual([
      'CN=alice',
      'O=one',
      'O=two',
      '1.3.9999.1.7=example.com',
    ]);
    const host = new X509Certificate(authority);
    expect([host.ca, parsed.verify(host.publicKey)]).toEqual([true, false]);
  });

  it('expires when it was told to, which may have been before', async () => {
    const { certificate } = await issue({ ttlMs: -3600_000 });
    const { validFrom, validTo } = new X509Certificate(certificate);
    expect(Date.parse(validTo)).toBeLessThan(Date.now());
    expect(Date.parse(validFrom)).toBeLessThan(Date.parse(validTo));
  });

  it('is for its owner alone, also where it replaces a file that was for all', async () => {
    await writeFile(join(folder, 'identity'), 'old', { mode: 0o666 });
    const { file } = await issue();
    expect((await stat(file)).mode & 0o777).toBe(0o600);
  });
});

describe('the certificate that an agent shows to a database', () => {
  it('is trusted by whoever trusts the client authority, and names the database user', async () => {
    const teleport = await startSandboxTeleport();
    const { cert, key } = await teleport.issueDatabaseCertificate({ user: 'postgres' });
    const server = createServer({
      cert,
      key,
      ca: teleport.clientCaPem,
      requestCert: true,
      rejectUnauthorized: true,
    });
    const subject = new Promise((resolve) => {
      server.on('secureConnection', (socket) => {
        resolve(socket.getPeerCertificate().subject.CN);
        socket.end();
      });
      server.on('tlsClientError', resolve);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const address = server.address();
    const port = typeof address === 'object' && address !== null ? address.port : 0;
    const client = connect({ host: '127.0.0.1', port, cert, key, rejectUnauthorized: false });
    client.on('error', () => {});
    expect(await subject).toBe('postgres');
    client.destroy();
    server.close();
    await teleport.close();
  });
});
