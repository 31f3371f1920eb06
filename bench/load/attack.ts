import { connect, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Running } from '../subject.ts';

/** What the attackers met, by what they were told or how they were hung up on. */
export type Met = Readonly<Record<string, number>>;

function dial({ url }: Pick<Running, 'url'>): Socket {
  const { hostname, port } = new URL(url);
  return connect(Number(port), hostname).on('error', () => {});
}

/** Unlike `once` of node:events, an error does not make it reject: it is followed by `close`. */
function event(socket: Socket, name: 'connect' | 'close'): Promise<void> {
  return new Promise((resolve) => {
    if (name === 'close' && socket.closed) resolve();
    else socket.once(name, () => resolve());
  });
}

/** The status of the answer, or `hung up`. */
async function fateOf(socket: Socket): Promise<string> {
  let answer = '';
  socket.on('data', (chunk) => {
    answer += chunk;
  });
  await event(socket, 'close');
  return /^HTTP\/1.1 (\d+)/.exec(answer)?.[1] ?? 'hung up';
}

/** So many connections that say a byte of a header a second and never finish; each is replaced when it is cut off. */
export async function slowLoris(at: Pick<Running, 'url'>, count: number, signal: AbortSignal): Promise<Met> {
  const met: Record<string, number> = {};
  const one = async () => {
    while (!signal.aborted) {
      const socket = dial(at);
      socket.write('POST /teleport-sync HTTP/1.1\r\nX: ');
      const dribble = setInterval(() => socket.write('x'), 1_000);
      const stop = () => socket.destroy();
      signal.addEventListener('abort', stop, { once: true });
      const fate = await fateOf(socket);
      signal.removeEventListener('abort', stop);
      clearInterval(dribble);
      if (!signal.aborted) met[fate] = (met[fate] ?? 0) + 1;
    }
  };
  await Promise.all(Array.from({ length: count }, one));
  return met;
}

const TWO_MIB = 'x'.repeat(2 * 1024 * 1024);

/** Bodies of 2 MiB with the right secret, so many a second. */
export async function oversized(
  at: Pick<Running, 'url' | 'secret'>,
  perSecond: number,
  signal: AbortSignal,
): Promise<Met> {
  const met: Record<string, number> = {};
  const all: Promise<void>[] = [];
  const one = async () => {
    const socket = dial(at);
    socket.write(
      `POST /teleport-sync HTTP/1.1\r\nHost: x\r\nDBLab-Webhook-Token: ${at.secret}\r\n` +
        `Content-Length: ${TWO_MIB.length}\r\n\r\n${TWO_MIB}`,
    );
    const fate = await fateOf(socket);
    met[fate] = (met[fate] ?? 0) + 1;
  };
  while (!signal.aborted) {
    all.push(one());
    await sleep(1_000 / perSecond);
  }
  await Promise.all(all);
  return met;
}

/**
 * Opens so many connections that say nothing; resolves when each is accepted or refused, with how to end them. How
 * many are kept only the server can tell: the kernel lets a client believe in one that nobody has accepted.
 */
export async function flood(at: Pick<Running, 'url'>, count: number): Promise<() => void> {
  const sockets = Array.from({ length: count }, () => dial(at));
  await Promise.all(sockets.map((it) => Promise.race([event(it, 'connect'), event(it, 'close')])));
  return () => sockets.forEach((socket) => void socket.destroy());
}
