import type { Socket } from 'node:net';
import { codeOf } from './listen-error.ts';

const ANSWERS: Readonly<Record<string, readonly [status: string, sentence: string]>> = {
  ERR_HTTP_REQUEST_TIMEOUT: ['408 Request Timeout', 'The request did not arrive in time.'],
  HPE_HEADER_OVERFLOW: ['431 Request Header Fields Too Large', 'The headers are too large.'],
};

/** Answers what is no whole HTTP request, as far as the client still listens, and hangs up. */
export function answerBrokenRequest(error: Error, socket: Socket): void {
  const [status, sentence] = ANSWERS[codeOf(error) ?? ''] ?? ['400 Bad Request', 'This is not HTTP.'];
  if (!socket.writable || codeOf(error) === 'ECONNRESET') {
    socket.destroy();
    return;
  }
  const headers = `Connection: close\r\nContent-Type: text/plain\r\nContent-Length: ${sentence.length}\r\n`;
  socket.end(`HTTP/1.1 ${status}\r\n${headers}\r\n${sentence}`, () => socket.destroy());
}
