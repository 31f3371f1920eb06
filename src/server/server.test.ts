import { once } from 'node:events';
import { createServer, type RequestListener } from 'node:http';
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterEach, expect, test } from 'vitest';
import { systemClock } from '../lib/clock.ts';
import { type ListenOptions, listen, type Server } from './server.ts';

const answer: RequestListener = (_request, response) => response.end('hello');
const open: Server[] = [];
afterEach(() => Promise.all(open.splice(0).map((server) => server.close())));

async function start(host: string, port = 0, limits: ListenOptions['limits'] = {}): Promise<Server> {
  const options = { address: { host, port }, flag: 'listen-addr', clock: systemClock, limits };
  const server = await listen(answer, options);
  open.push(server);
  return server;
}

async function get(url: string): Promise<string> {
  return (await fetch(url)).text();
}

test('port 0 becomes a real one', async () => {
  const server = await start('127.0.0.1');
  expect(server.address).toEqual({ host: '127.0.0.1', port: expect.any(Number) });
  expect(server.address.port).toBeGreaterThan(0);
  expect(await get(server.url)).toBe('hello');
});

test('localhost answers at 127.0.0.1 as well', async () => {
  const { port } = (await start('localhost')).address;
  expect(await get(`http://127.0.0.1:${port}`)).toBe('hello');
});

test('no host is every interface', async () => {
  const server = await start('');
  expect(await get(`http://127.0.0.1:${server.address.port}`)).toBe('hello');
  expect(server.url).toBe(`http://localhost:${server.address.port}`);
});

test('an IPv6 address stands in brackets in the URL', async (context) => {
  const server = await start('::1').catch(() => context.skip('this machine has no IPv6'));
  expect(await get(server.url)).toBe('hello');
  expect(server.url).toContain('[::1]');
});

test('an address that is taken: which, by which flag, and what to do', async () => {
  const { port } = (await start('127.0.0.1')).address;
  await expect(start('127.0.0.1', port)).rejects.toMatchObject({
    code: 'taken',
    message: expect.stringMatching(new RegExp(`127.0.0.1:${port} \\(--listen-addr\\): another program`)),
  });
});

test('a host whose second address is taken leaves nothing open', async (context) => {
  const squatter = createServer();
  const port = await new Promise<number>((resolve, reject) => {
    squatter
      .once('error', reject)
      .listen(0, '::1', () => resolve((squatter.address() as { port: number }).port));
  }).catch(() => context.skip('this machine has no IPv6'));
  try {
    await start('localhost', port).then(
      () => context.skip('localhost is IPv4 only here'),
      (error: unknown) => expect(error).toMatchObject({ code: 'taken' }),
    );
    await start('127.0.0.1', port);
  } finally {
    squatter.close();
  }
});

test.each([
  ['192.0.2.1', 'no-such-address', /no such address/],
  ['no-such-host.invalid', 'no-such-host', /host name/],
])('%s cannot be listened on: %s', async (host, code, sentence) => {
  await expect(start(host)).rejects.toMatchObject({ code, message: expect.stringMatching(sentence) });
});

test('no more connections are kept than the limit, and a place that is given up is free again', async () => {
  const server = await start('127.0.0.1', 0, { connections: 2 });
  const dial = () => connect(server.address.port, '127.0.0.1');
  const [first, second] = [dial(), dial()];
  await Promise.all([once(first, 'connect'), once(second, 'connect')]);
  expect(await text(dial().resume())).toBe('');
  first.destroy();
  await expect.poll(() => get(server.url).catch(() => 'refused')).toBe('hello');
  second.destroy();
});
