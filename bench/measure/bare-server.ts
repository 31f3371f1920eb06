import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { sendAll } from '../webhooks.ts';
import type { Figures } from './figures.ts';

/** What the client and this machine take by themselves: a server that does nothing but answer. */
export async function bareServer(count: number): Promise<Figures> {
  const server = createServer((request, response) => request.resume().on('end', () => response.end('ok')));
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const { port } = server.address() as AddressInfo;
  const clones = Array.from({ length: count }, (_, index) => ({ id: `bench-${index}`, port: 6000 + index }));
  const answers = await sendAll({ url: `http://127.0.0.1:${port}/`, secret: '' }, 'clone_create', clones);
  server.closeAllConnections();
  server.close();
  const [first] = answers;
  return {
    [`burst of ${count}: all answered, ms`]:
      Math.max(...answers.map((it) => it.answeredAt)) - (first?.sentAt ?? 0),
  };
}
