import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

/** A port that leads to Auth, until it is told to take everything and pass nothing on. */
export interface Relay {
  readonly address: string;
  hang(): void;
  /** Whether anything has come since it hangs. */
  wasHeard(): boolean;
  /** As when nobody listens there. `open` takes the same address again. */
  shut(): Promise<void>;
  open(): Promise<void>;
}

export async function openRelay(target: string): Promise<Relay> {
  const [host, port] = target.split(':');
  const sockets = new Set<Socket>();
  let isHanging = false;
  let wasHeard = false;
  const keep = (socket: Socket) => {
    sockets.add(socket);
    socket.on('error', () => {}).on('close', () => sockets.delete(socket));
  };
  const server = createServer((client) => {
    const auth = connect({ host: host ?? '', port: Number(port) });
    for (const socket of [client, auth]) keep(socket);
    client.on('data', (chunk) => {
      if (isHanging) wasHeard = true;
      else auth.write(chunk);
    });
    auth.on('data', (chunk) => isHanging || client.write(chunk));
    client.on('close', () => auth.destroy());
    auth.on('close', () => client.destroy());
  });
  const listen = async (at: number) => {
    server.listen(at, '127.0.0.1');
    await once(server, 'listening');
    return (server.address() as AddressInfo).port;
  };
  const own = await listen(0);
  return {
    address: `127.0.0.1:${own}`,
    hang() {
      isHanging = true;
    },
    wasHeard: () => wasHeard,
    async shut() {
      if (!server.listening) return;
      server.close();
      for (const socket of sockets) socket.destroy();
      await once(server, 'close');
    },
    async open() {
      if (!server.listening) await listen(own);
    },
  };
}
