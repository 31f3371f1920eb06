/** Whatever a peer says over a socket: it is answered or hung up on, and the next one is served. */
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import fc from 'fast-check';
import { afterEach, expect, it } from 'vitest';
import { openEngine } from '../../src/engine/client.ts';
import { EngineError } from '../../src/engine/error.ts';
import { systemClock } from '../../src/lib/clock.ts';
import { silentLog } from '../../src/lib/log.ts';
import { Releases } from '../../src/lib/releases.ts';
import { Secret } from '../../src/lib/secret.ts';
import { serveWebhook } from '../../src/server/webhook.ts';
import { openApi } from '../../src/teleport/api.ts';
import { TeleportError } from '../../src/teleport/error.ts';
import { FakeAuth } from '../../src/testing/fake-auth.ts';
import { rubbishBytesLike, rubbishLike } from './rubbish.ts';

const RUNS = { numRuns: Number(process.env['FUZZ'] ?? 300) };
const PATIENCE_MS = 3_600_000;
const releases = new Releases();
afterEach(() => releases.run());

const signal = new AbortController().signal;

/** Waits for the answer, which may fail in the `foreseen` way only. */
async function answeredOrRefused(
  answer: Promise<unknown>,
  foreseen: new (...given: never[]) => Error,
): Promise<void> {
  const error = await answer.then(
    () => undefined,
    (it) => it,
  );
  if (error !== undefined) expect(error).toBeInstanceOf(foreseen);
}

it(
  'a webhook: its request line, headers and body',
  async () => {
    const hints: string[] = [];
    const server = await serveWebhook({
      address: { host: '127.0.0.1', port: 0 },
      flag: 'listen-addr',
      clock: systemClock,
      secrets: [new Secret('right')],
      onHint: ({ cloneId }) => hints.push(cloneId),
      log: silentLog,
      limits: { requestMs: 200 },
    });
    releases.add(() => server.close());
    const body = '{"event_type":"clone_create","entity_id":"c1"}';
    const sample = `POST /teleport-sync HTTP/1.1\r\nHost: x\r\nDBLab-Webhook-Token: right\r\nContent-Length: ${body.length}\r\nConnection: close\r\n\r\n${body}`;
    const sent = async (bytes: string) => {
      const socket = connect(server.address.port, server.address.host);
      socket.on('error', () => {});
      await once(socket, 'connect');
      socket.end(bytes);
      return text(socket).catch(() => '');
    };
    await fc.assert(
      fc.asyncProperty(rubbishLike(sample), async (bytes) => {
        const answer = await sent(bytes);
        expect(answer).toMatch(/^($|HTTP\/1\.1 [1-5]\d\d )/);
        // 500 would be a defect.
        expect(answer).not.toMatch(/^HTTP\/1\.1 500/);
      }),
      RUNS,
    );
    hints.length = 0;
    // Those with a wrong secret may have exhausted the patience with this address.
    await expect.poll(() => sent(sample), { timeout: 10_000 }).toMatch(/^HTTP\/1\.1 200 /);
    expect(hints).toEqual(['c1']);
  },
  PATIENCE_MS,
);

it(
  "the Engine's answers",
  async () => {
    let answer = '';
    const server = createServer((_request, response) => {
      response.writeHead(200, { 'Content-Type': 'application/json' }).end(answer);
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const engine = openEngine({
      url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
      token: new Secret('the-token'),
      clock: systemClock,
    });
    releases.add(() => void server.close());
    releases.add(() => engine.close());
    const sample = JSON.stringify({
      engine: { version: 'v4.1.0', edition: 'standard' },
      cloning: {
        numClones: 1,
        clones: [
          {
            id: 'c1',
            status: { code: 'OK', message: 'm' },
            db: { port: '6000', username: 'u', dbName: 'd' },
          },
        ],
      },
    });
    answer = sample;
    expect((await engine.look(signal)).clones).toHaveLength(1);
    await fc.assert(
      fc.asyncProperty(rubbishLike(sample), async (rubbish) => {
        answer = rubbish;
        await answeredOrRefused(engine.look(signal), EngineError);
      }),
      RUNS,
    );
  },
  PATIENCE_MS,
);

it(
  "Auth's answers over gRPC",
  async () => {
    let bytes: Uint8Array = new Uint8Array();
    const auth = await FakeAuth.start({
      listener(_request, response) {
        response.writeHead(200, { 'content-type': 'application/grpc+proto', 'grpc-status': '0' });
        response.end(bytes);
      },
    });
    const folder = await mkdtemp(join(tmpdir(), 'dblab-fuzz-'));
    const identityFile = join(folder, 'identity');
    await auth.issue(identityFile);
    const api = openApi({ proxy: auth.address, identityFile, clock: systemClock, log: silentLog });
    releases.add(() => rm(folder, { recursive: true, force: true }));
    releases.add(() => auth.close());
    releases.add(() => api.close());
    const frame = Uint8Array.from([0, 0, 0, 0, 9, 0x0a, 7, 0x1a, 5, 0x0a, 3, 0x61, 0x62, 0x63]);
    await fc.assert(
      fc.asyncProperty(rubbishBytesLike(frame), async (rubbish) => {
        bytes = rubbish;
        await answeredOrRefused(api.list(signal), TeleportError);
      }),
      RUNS,
    );
  },
  PATIENCE_MS,
);
