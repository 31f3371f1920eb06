import { chmodSync, mkdtempSync, writeFileSync } from 'node:fs';
import { get } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import type { TLSSocket } from 'node:tls';
import { afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import type { Log } from '../lib/log.ts';
import { type Authority, createAuthority } from '../sandbox/teleport/authority.ts';
import { writeCertificate } from '../testing/certificate.ts';
import { FakeClock } from '../testing/fake-clock.ts';
import { listen, type Server } from './server.ts';

let authority: Authority;
let folder: string;
let files: { cert: string; key: string };
let clock: FakeClock;
let said: string[];
let servers: Server[];

beforeAll(async () => {
  authority = await createAuthority('example.com', Date.now());
});
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'dblab-tls-'));
  files = { cert: join(folder, 'cert.pem'), key: join(folder, 'key.pem') };
  clock = new FakeClock();
  said = [];
  servers = [];
});
afterEach(() => Promise.all(servers.map((server) => server.close())));

function write(which: 'both' | 'cert' = 'both'): Promise<void> {
  return writeCertificate(authority, which === 'both' ? files : { cert: files.cert });
}

async function start(): Promise<Server> {
  const note = (_facts: object, sentence: string) => void said.push(sentence);
  const log: Log = { debug: note, info: note, warn: note, error: note };
  const server = await listen((_request, response) => response.end('hello'), {
    address: { host: '127.0.0.1', port: 0 },
    flag: 'listen-addr',
    clock,
    tls: { files, log },
  });
  servers.push(server);
  return server;
}

/** Over a connection of its own, so that each one meets the certificate that is shown by then. */
function ask(server: Server): Promise<{ body: string; serialNumber: string }> {
  return new Promise((resolve, reject) => {
    get(server.url, { ca: authority.certificate, agent: false }, (answer) => {
      const { serialNumber } = (answer.socket as TLSSocket).getPeerCertificate();
      text(answer).then((body) => resolve({ body, serialNumber }), reject);
    }).on('error', reject);
  });
}

test('with a certificate the listener speaks TLS and nothing else', async () => {
  await write();
  const server = await start();
  expect(server.url).toMatch(/^https:/);
  expect(await ask(server)).toMatchObject({ body: 'hello' });
  await expect(fetch(server.url.replace('https', 'http'))).rejects.toThrow();
});

test('a renewed certificate is shown within a minute, and half a renewal changes nothing', async () => {
  await write();
  const server = await start();
  const first = await ask(server);
  await write('cert');
  await clock.advance(60_000);
  expect(await ask(server)).toEqual(first);
  expect(said).toEqual([expect.stringMatching(/--tls-cert.+--tls-key.+do not serve: .+ stays in use/)]);
  await write();
  await clock.advance(60_000);
  expect((await ask(server)).serialNumber).not.toBe(first.serialNumber);
});

test('a key that others may read is warned about', async () => {
  await write();
  chmodSync(files.key, 0o640);
  await start();
  expect(said).toEqual([
    `Others than its owner may read ${files.key}, which holds a private key: chmod 600 ${files.key}`,
  ]);
});

test.each([
  ['no file', () => {}, /cert\.pem \(--tls-cert\) cannot be read: ENOENT/],
  [
    'no certificate',
    () => [files.cert, files.key].map((file) => writeFileSync(file, 'hello')),
    /do not serve/,
  ],
  ['too large a file', () => writeFileSync(files.cert, 'x'.repeat(1_100_000)), /larger than/],
])('%s is told with its flag', async (_what, spoil, sentence) => {
  spoil();
  await expect(start()).rejects.toThrow(sentence);
});
