import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

/** A port that leads to another one, from a distance. */
export interface Relay {
  readonly address: string;
  /** Bytes that passed, both ways together. */
  bytes(): number;
  /** How often the client sent something: over HTTP with small requests, once for each. */
  requests(): number;
  close(): void;
}

/** Whatever passes arrives `delayMs` later, in its order and at any rate. */
export async function openRelay(target: string, delayMs: number): Promise<Relay> {
  const [host = '', port] = target.split(':');
  const sockets = new Set<Socket>();
  let bytes = 0;
  let requests = 0;
  const pass = (from: Socket, to: Socket) => {
    sockets.add(from);
    const later = (act: () => void) => (delayMs === 0 ? act() : setTimeout(act, delayMs));
    from.on('data', (chunk) => {
      bytes += chunk.length;
      later(() => to.writable && to.write(chunk));
    });
    from.on('error', () => {});
    from.on('close', () => {
      sockets.delete(from);
      later(() => to.end());
    });
  };
  const server = createServer({ noDelay: true }, (client) => {
    const remote = connect({ host, port: Number(port), noDelay: true });
    client.on('data', () => {
      requests += 1;
    });
    pass(client, remote);
    pass(remote, client);
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  return {
    address: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    bytes: () => bytes,
    requests: () => requests,
    close() {
      server.close();
      for (const socket of sockets) socket.destroy();
    },
  };
}
