import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import type { Clock } from '../../lib/clock.ts';
import { acceptKey, WebSocketStream } from './websocket.ts';

export interface UpgradeRequest {
  readonly request: IncomingMessage;
  readonly socket: Duplex;
  readonly head: Buffer;
}

type Answer = { readonly refusal: string } | { readonly acceptance: string; readonly pings: boolean };

const PATH = '/webapi/connectionupgrade';
const PING_INTERVAL_MS = 30_000;

/** Turns a web connection into a stream for `tunnel`, or refuses: a wrong path, no WebSocket, no known sub-protocol. */
export function upgrade(
  { request, socket, head }: UpgradeRequest,
  clock: Clock,
  tunnel: (stream: Duplex) => void,
): void {
  socket.on('error', () => socket.destroy());
  const answer = request.url === PATH ? answerTo(request.headers) : { refusal: '404 Not Found' };
  if ('refusal' in answer) {
    socket.end(`HTTP/1.1 ${answer.refusal}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
    return;
  }
  socket.write(answer.acceptance);
  const stream = new WebSocketStream(socket, head);
  stream.on('error', () => stream.destroy());
  if (answer.pings) void pingAgainAndAgain(stream, clock);
  tunnel(stream);
}

function answerTo(headers: IncomingHttpHeaders): Answer {
  const { upgrade: protocol, 'sec-websocket-key': key, 'sec-websocket-protocol': offered = '' } = headers;
  const chosen = offered.split(/, */).find((name) => name === 'alpn' || name === 'alpn-ping');
  if (protocol?.toLowerCase() !== 'websocket' || key === undefined || chosen === undefined)
    return { refusal: '400 Bad Request' };
  const lines = [
    'HTTP/1.1 101 Switching Protocols',
    'Upgrade: websocket',
    'Connection: Upgrade',
    `Sec-WebSocket-Accept: ${acceptKey(key)}`,
    `Sec-WebSocket-Protocol: ${chosen}`,
  ];
  return { acceptance: `${lines.join('\r\n')}\r\n\r\n`, pings: chosen === 'alpn-ping' };
}

/** Load balancers cut connections on which nothing is said. */
async function pingAgainAndAgain(stream: WebSocketStream, clock: Clock): Promise<void> {
  const closed = new AbortController();
  stream.once('close', () => closed.abort());
  while (!stream.destroyed) {
    await clock.sleep(PING_INTERVAL_MS, closed.signal);
    if (!stream.writableEnded && !stream.destroyed) stream.ping();
  }
}
