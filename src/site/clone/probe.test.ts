import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { createSecureContext, TLSSocket } from 'node:tls';
import fc from 'fast-check';
import { describe, expect, it, onTestFinished } from 'vitest';
import { type Clock, systemClock } from '../../lib/clock.ts';
import { selfSigned } from '../../setup/certificate.ts';
import { FakeClock } from '../../testing/fake-clock.ts';
import { subjectOf } from './authority-name.ts';
import { clientAuthoritiesIn } from './handshake.ts';
import { type CloneAnswer, probeClone } from './probe.ts';
import { readAnswer } from './startup.ts';

const ACCOUNT = { user: 'ann', database: 'postgres' };
const made = await selfSigned('a clone', Date.now());
const authority = await selfSigned('an authority', Date.now());

/** What the probe finds where somebody behaves like this. */
async function probed(behave: (socket: Socket) => unknown, clock: Clock = systemClock): Promise<CloneAnswer> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => {});
    behave(socket);
  }).listen(0, '127.0.0.1');
  onTestFinished(() => {
    server.close();
    for (const socket of sockets) socket.destroy();
  });
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const limits = { clock, timeoutMs: 10_000 };
  return probeClone({ host: '127.0.0.1', port }, ACCOUNT, limits, new AbortController().signal);
}

interface Postgres {
  readonly says: Buffer;
  readonly asksForCertificate?: boolean;
  readonly version?: 'TLSv1.3';
  readonly thenHangsUp?: boolean;
}

/** A server that takes TLS and answers the startup message with these bytes. */
const postgres =
  ({ says, asksForCertificate = false, version, thenHangsUp = false }: Postgres) =>
  async (socket: Socket) => {
    await once(socket, 'data');
    socket.write('S');
    const { certificate: cert, key } = made;
    const secureContext = createSecureContext({
      ...{ cert, key, ca: authority.certificate },
      ...(version && { minVersion: version }),
    });
    const tls = new TLSSocket(socket, {
      ...{ isServer: true, secureContext, requestCert: asksForCertificate, rejectUnauthorized: false },
    });
    tls.on('error', () => {});
    tls.once('data', () => (thenHangsUp ? tls.end(says) : tls.write(says)));
  };

const message = (type: string, body: Buffer) => {
  const head = Buffer.alloc(5);
  head.write(type);
  head.writeInt32BE(4 + body.length, 1);
  return Buffer.concat([head, body]);
};
const asks = (code: number) => message('R', Buffer.from([0, 0, 0, code, 1, 2, 3, 4]));
const refuses = (fields: Record<string, string>) =>
  message(
    'E',
    Buffer.from(
      `${Object.entries(fields)
        .map(([key, value]) => key + value)
        .join('\0')}\0\0`,
    ),
  );
const NO_CERTIFICATE = {
  S: 'FATAL',
  C: '28000',
  M: 'connection requires a valid client certificate',
  R: 'ClientAuthentication',
};

function deferred() {
  let resolve = () => {};
  const promise = new Promise<void>((keep) => {
    resolve = keep;
  });
  return { promise, resolve: () => resolve() };
}

/** A port that somebody has just left. */
async function deserted(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  await once(server.close(), 'close');
  return port;
}

describe('probeClone', () => {
  it.each([
    [
      'it hangs up at once',
      (socket: Socket) => socket.resume().end(),
      { at: 'tcp', reason: 'it hangs up without an answer' },
    ],
    [
      'it hangs up when asked',
      (socket: Socket) => socket.once('data', () => socket.end()),
      { at: 'tcp', reason: 'it hangs up without an answer' },
    ],
    [
      'the connection is reset',
      (socket: Socket) => socket.resetAndDestroy(),
      { at: 'tcp', reason: 'connection reset' },
    ],
    [
      'something else answers',
      (socket: Socket) => socket.write('HTTP/1.1 400 Bad Request\r\n\r\n'),
      { at: 'not-postgres' },
    ],
    ['TLS is off', (socket: Socket) => socket.once('data', () => socket.write('N')), { at: 'no-tls' }],
    [
      'somebody answers beyond the one byte before TLS',
      (socket: Socket) => socket.once('data', () => socket.write('Sx')),
      { at: 'not-postgres' },
    ],
    [
      'TLS is rubbish',
      (socket: Socket) => {
        socket.once('data', () => {
          socket.write('S');
          socket.once('data', () => socket.write('rubbish and rubbish'));
        });
      },
      { at: 'tls', reason: 'wrong version number' },
    ],
    [
      'it hangs up after the handshake',
      postgres({ says: Buffer.alloc(0), thenHangsUp: true }),
      { at: 'tls', reason: 'it hung up without an answer' },
    ],
    [
      'another method than those of the guide fails',
      postgres({
        says: refuses({ ...NO_CERTIFICATE, M: 'Ident authentication failed', R: 'auth_failed' }),
      }),
      { at: 'login', asksFor: 'other' },
    ],
    [
      'a password is asked for',
      postgres({ says: asks(10) }),
      { at: 'login', asksFor: 'password', clientAuthorities: undefined },
    ],
    ['everybody is let in', postgres({ says: asks(0) }), { at: 'login', asksFor: 'nothing' }],
    ['something unheard of is asked for', postgres({ says: asks(7) }), { at: 'login', asksFor: 'other' }],
    [
      'no entry fits',
      postgres({ says: refuses({ ...NO_CERTIFICATE, M: 'no pg_hba.conf entry for host' }) }),
      { at: 'login', asksFor: 'no-entry' },
    ],
    [
      'a certificate is asked for',
      postgres({ says: refuses(NO_CERTIFICATE), asksForCertificate: true }),
      { at: 'login', asksFor: 'certificate', clientAuthorities: [subjectOf(authority.certificate)] },
    ],
    [
      'a certificate is asked for in another language',
      postgres({
        says: refuses({ ...NO_CERTIFICATE, M: 'Verbindung erfordert ein Zertifikat' }),
        asksForCertificate: true,
      }),
      { asksFor: 'certificate' },
    ],
    [
      'only TLS 1.3 is spoken',
      postgres({ says: refuses(NO_CERTIFICATE), asksForCertificate: true, version: 'TLSv1.3' }),
      { at: 'login', asksFor: 'certificate', clientAuthorities: 'unknown' },
    ],
    [
      'the server starts up',
      postgres({ says: refuses({ S: 'FATAL', C: '57P03', M: 'the database system is starting up' }) }),
      { at: 'login', asksFor: 'other' },
    ],
  ] as const)('tells when %s', async (_name, behave, wanted) => {
    expect(await probed(behave)).toMatchObject(wanted);
  });

  it.each([
    ['before TLS', 'tcp', (socket: Socket, asked: () => void) => socket.once('data', asked)],
    [
      'in the handshake',
      'tls',
      (socket: Socket, asked: () => void) =>
        socket.once('data', () => {
          socket.write('S');
          socket.once('data', asked);
        }),
    ],
  ] as const)('gives up on somebody who never answers %s', async (_name, at, behave) => {
    const clock = new FakeClock();
    const { promise: isAsked, resolve } = deferred();
    const answer = probed((socket) => behave(socket, resolve), clock);
    await isAsked;
    await clock.advance(10_000);
    expect(await answer).toEqual({ at, reason: 'it does not answer in time' });
  });

  it('tells when nobody listens', async () => {
    const limits = { clock: systemClock, timeoutMs: 10_000 };
    const signal = new AbortController().signal;
    const address = { host: '127.0.0.1', port: await deserted() };
    expect(await probeClone(address, ACCOUNT, limits, signal)).toEqual({
      at: 'tcp',
      reason: 'connection refused',
    });
  });

  it('rejects with the reason of the signal alone', async () => {
    const limits = { clock: systemClock, timeoutMs: 10_000 };
    const signal = AbortSignal.abort(new Error('enough'));
    await expect(probeClone({ host: '127.0.0.1', port: 1 }, ACCOUNT, limits, signal)).rejects.toThrow(
      'enough',
    );
  });
});

it('never fails on rubbish from the wire', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
      readAnswer(Buffer.from(bytes));
      clientAuthoritiesIn(Buffer.concat([Buffer.from([22, 3, 3]), Buffer.from(bytes)]));
    }),
  );
});
