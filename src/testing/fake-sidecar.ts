import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { onTestFinished } from 'vitest';

export interface FakeSidecar {
  /** `host:port`, for --status-addr. */
  readonly address: string;
  close(): void;
}

/** Answers at /api/status with the body: a text as it is, anything else as JSON. */
export async function sidecarThatSays(body: unknown): Promise<FakeSidecar> {
  const server = createServer((request, response) => {
    response.statusCode = request.url === '/api/status' ? 200 : 404;
    response.end(typeof body === 'string' ? body : JSON.stringify(body));
  }).listen(0, '127.0.0.1');
  const close = () => shut(server);
  onTestFinished(close);
  await once(server, 'listening');
  return { address: `127.0.0.1:${(server.address() as AddressInfo).port}`, close };
}

function shut(server: Server): void {
  server.close();
  server.closeAllConnections();
}

/** What a sidecar of environment prod says when all is in step. */
export const SAID = {
  environment: 'prod',
  transport: 'api',
  ready: true,
  troubles: [],
  lookedAt: '2026-01-02T03:04:05.000Z',
  app: 'registered',
  clones: [
    { id: 'a', status: 'OK', port: 6000, standing: 'registered', name: 'db-a', servedBy: ['db-host'] },
    { id: 'b', status: 'CREATING', port: null, standing: 'not-offered', name: null, servedBy: null },
  ],
};
