/**
 * Asks a clone, without any credential, how far a Teleport agent would get: TCP, TLS, the authorities whose
 * certificates it takes, and what its pg_hba.conf asks of a TLS connection. Nothing is left open.
 */
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { connect as connectTls, type TLSSocket } from 'node:tls';
import { follow } from '../../lib/abort.ts';
import type { Address } from '../../lib/address.ts';
import type { Clock } from '../../lib/clock.ts';
import { clientAuthoritiesIn } from './handshake.ts';
import { type Demand, readAnswer, SSL_REQUEST, startupMessage } from './startup.ts';
import { TappedLine } from './tapped-line.ts';

export interface Account {
  readonly user: string;
  readonly database: string;
}

/** How far it went. */
export type CloneAnswer =
  | { readonly at: 'tcp'; readonly reason: string }
  | { readonly at: 'not-postgres' }
  | { readonly at: 'no-tls' }
  | { readonly at: 'tls'; readonly reason: string }
  | {
      readonly at: 'login';
      readonly asksFor: Demand;
      readonly said: string;
      /** DER names as hex; undefined where no client certificate is asked for, `unknown` under TLS 1.3. */
      readonly clientAuthorities: readonly string[] | undefined | 'unknown';
    };

export interface Limits {
  readonly clock: Clock;
  readonly timeoutMs: number;
}

/** Rejects only with the reason of the signal. */
export async function probeClone(
  address: Address,
  account: Account,
  { clock, timeoutMs }: Limits,
  signal: AbortSignal,
): Promise<CloneAnswer> {
  const { controller, letGo } = follow(signal);
  const settled = new AbortController();
  void clock
    .sleep(timeoutMs, settled.signal)
    .then(() => controller.abort(new Error('it does not answer in time')));
  try {
    const first = await attempt(address, account, 'TLSv1.2', controller.signal);
    if (first.at !== 'tls') return first;
    const second = await attempt(address, account, 'TLSv1.3', controller.signal);
    return second.at === 'login' ? { ...second, clientAuthorities: 'unknown' } : first;
  } finally {
    settled.abort();
    letGo();
    signal.throwIfAborted();
  }
}

type Version = 'TLSv1.2' | 'TLSv1.3';

async function attempt(
  address: Address,
  account: Account,
  version: Version,
  signal: AbortSignal,
): Promise<CloneAnswer> {
  const socket = connect({ host: address.host, port: address.port, signal });
  socket.on('error', () => {}); // also told to whoever waits
  try {
    await once(socket, 'connect', { signal });
    socket.write(SSL_REQUEST);
    const answer = await firstBytes(socket, signal);
    if (answer.toString('latin1') === 'N') return { at: 'no-tls' };
    // More than the one byte would have been sent before TLS, by somebody in between.
    if (answer.toString('latin1') !== 'S') return { at: 'not-postgres' };
  } catch (error) {
    socket.destroy();
    return { at: 'tcp', reason: reasonOf(error, signal) };
  }
  try {
    return await logIn(socket, account, version, signal);
  } catch (error) {
    return { at: 'tls', reason: reasonOf(error, signal) };
  } finally {
    socket.destroy();
  }
}

/** Docker's proxy takes connections for a container that does not run, and hangs up. */
async function firstBytes(socket: Socket, signal: AbortSignal): Promise<Buffer> {
  const { controller, letGo } = follow(signal);
  const hangUp = () => controller.abort(new Error('it hangs up without an answer'));
  socket.once('end', hangUp);
  try {
    const [answer = Buffer.alloc(0)]: Buffer[] = await once(socket, 'data', { signal: controller.signal });
    return answer;
  } catch (error) {
    throw controller.signal.aborted ? controller.signal.reason : error;
  } finally {
    socket.off('end', hangUp);
    letGo();
  }
}

async function logIn(
  socket: Socket,
  account: Account,
  version: Version,
  signal: AbortSignal,
): Promise<CloneAnswer> {
  const line = new TappedLine(socket);
  line.on('error', () => {}); // also told to whoever waits
  const tls = connectTls({
    socket: line,
    rejectUnauthorized: false,
    minVersion: version,
    maxVersion: version,
  });
  tls.on('error', () => {}); // also told to whoever waits
  try {
    await once(tls, 'secureConnect', { signal });
    const clientAuthorities = clientAuthoritiesIn(line.beginning());
    tls.write(startupMessage(account));
    const { demand, said = '' } = await answerOf(tls, signal);
    return { at: 'login', asksFor: demand, said, clientAuthorities };
  } finally {
    tls.destroy();
    line.destroy();
  }
}

async function answerOf(tls: TLSSocket, signal: AbortSignal) {
  let received = Buffer.alloc(0);
  for await (const chunk of tls.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
    signal.throwIfAborted();
    received = Buffer.concat([received, chunk]);
    const answer = readAnswer(received);
    if (answer !== undefined) return answer;
  }
  signal.throwIfAborted();
  throw new Error('it hung up without an answer');
}

const REASONS: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'connection refused',
  ECONNRESET: 'connection reset',
  EHOSTUNREACH: 'no route leads there',
  ENETUNREACH: 'no route leads there',
  ENOTFOUND: 'there is no host of that name',
  ETIMEDOUT: 'it does not answer',
};

function reasonOf(error: unknown, signal: AbortSignal): string {
  const cause = signal.aborted ? signal.reason : error;
  if (!(cause instanceof Error)) return String(cause);
  const code = 'code' in cause ? String(cause.code) : '';
  // OpenSSL's message has places in its source and the end of a line; its reason is the sentence within.
  return REASONS[code] ?? ('reason' in cause ? String(cause.reason) : cause.message);
}
