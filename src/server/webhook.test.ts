import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { Hint } from '../engine/event.ts';
import { systemClock } from '../lib/clock.ts';
import type { Log } from '../lib/log.ts';
import { Secret } from '../lib/secret.ts';
import type { Server } from './server.ts';
import { serveWebhook, type WebhookOptions } from './webhook.ts';

const created = JSON.stringify({ event_type: 'clone_create', entity_id: 'c1', port: 6000 });
const MIB = 1024 * 1024;

let hints: Hint[];
let statuses: number[];
let lines: { facts: object; sentence: string }[];
let now: number;
let servers: Server[];

beforeEach(() => {
  hints = [];
  statuses = [];
  lines = [];
  servers = [];
  now = 0;
});
afterEach(() => Promise.all(servers.map((server) => server.close())));

async function start(options: Partial<WebhookOptions> = {}): Promise<Server> {
  // A request that is cut off at the end of a test may be logged during the next one.
  const own = lines;
  const note = (facts: object, sentence: string) => void own.push({ facts, sentence });
  const log: Log = { debug: note, info: note, warn: note, error: note };
  const server = await serveWebhook({
    address: { host: '127.0.0.1', port: 0 },
    flag: 'listen-addr',
    clock: { ...systemClock, now: () => now },
    secrets: [new Secret('right'), new Secret('former')],
    onHint: (hint) => hints.push(hint),
    onAnswer: (status) => statuses.push(status),
    log,
    limits: { graceMs: 50 },
    ...options,
  });
  servers.push(server);
  return server;
}

interface Sent {
  path?: string;
  method?: string;
  token?: string | undefined;
  body?: string | Uint8Array<ArrayBuffer> | undefined;
  headers?: Record<string, string>;
}

async function send(
  server: Server,
  sent: Sent = {},
): Promise<{ status: number; body: string; headers: Headers }> {
  const token = 'token' in sent ? sent.token : 'right';
  const answer = await fetch(server.url + (sent.path ?? '/teleport-sync'), {
    method: sent.method ?? 'POST',
    headers: { ...(token === undefined ? {} : { 'DBLab-Webhook-Token': token }), ...sent.headers },
    ...('body' in sent ? (sent.body === undefined ? {} : { body: sent.body }) : { body: created }),
  });
  return { status: answer.status, body: await answer.text(), headers: answer.headers };
}

async function dial(server: Server, head: string): Promise<Socket> {
  const socket = connect(server.address.port, server.address.host);
  await once(socket, 'connect');
  socket.write(head);
  return socket;
}

test('an event about a clone is handed over and answered 200', async () => {
  const server = await start();
  expect(await send(server)).toMatchObject({ status: 200, body: 'Queued.\n' });
  expect(hints).toEqual([{ kind: 'hint', event: 'create', cloneId: 'c1' }]);
  expect(lines).toEqual([]);
  await vi.waitFor(() => expect(statuses).toEqual([200]));
});

test('who tries secrets is heard no more, even with the right one, until some time has passed', async () => {
  const server = await start();
  const tried = await Promise.all(Array.from({ length: 100 }, () => send(server, { token: 'wrong' })));
  expect(new Set(tried.map(({ status }) => status))).toEqual(new Set([401]));
  const refused = await send(server);
  expect(refused).toMatchObject({ status: 429, body: expect.stringContaining('wrong secret') });
  expect(refused.headers.get('retry-after')).toBe('1');
  expect(hints).toEqual([]);
  now += 1_000;
  expect(await send(server)).toMatchObject({ status: 200 });
});

test('the hint is handed over before the answer goes out', async () => {
  const server = await start({
    onHint() {
      throw new Error('the queue is broken');
    },
  });
  expect(await send(server)).toMatchObject({ status: 500 });
  expect(lines).toHaveLength(1);
});

describe('every status', () => {
  const huge = new Uint8Array(MIB + 1);
  test.each<[number, string, Sent]>([
    [404, 'another path', { path: '/' }],
    [404, 'a longer path', { path: '/teleport-sync/x' }],
    [404, 'a slash at the end', { path: '/teleport-sync/' }],
    [404, 'a path that cannot be decoded', { path: '/%zz' }],
    [405, 'GET', { method: 'GET', body: undefined }],
    [405, 'PUT', { method: 'PUT' }],
    [405, 'OPTIONS', { method: 'OPTIONS', body: undefined }],
    [401, 'no token', { token: undefined }],
    [401, 'an empty token', { token: '' }],
    [401, 'another token', { token: 'wrong' }],
    [401, 'the beginning of the token', { token: 'righ' }],
    [401, 'the token and more', { token: 'right2' }],
    [413, 'a body over 1 MiB', { body: huge }],
    [400, 'no body', { body: undefined }],
    [400, 'an empty body', { body: '' }],
    [400, 'no JSON', { body: 'hello' }],
    [400, 'no object', { body: '[]' }],
    [400, 'an event without a clone', { body: '{"event_type":"clone_delete"}' }],
    [200, 'an event about something else', { body: '{"event_type":"branch_create","entity_id":"dev"}' }],
    [200, 'no event type', { body: '{"entity_id":"c1"}' }],
    [200, 'the former secret', { token: 'former' }],
    [200, 'a query after the path', { path: '/teleport-sync?from=engine' }],
    [200, 'a body of exactly 1 MiB', { body: created.padEnd(MIB) }],
    [200, 'no content type', { body: Buffer.from(created) }],
    [200, 'another content type', { headers: { 'Content-Type': 'application/x-www-form-urlencoded' } }],
    [200, 'a malformed content type', { headers: { 'Content-Type': 'json; what?' } }],
  ])('%i: %s', async (status, _, sent) => {
    const server = await start();
    const answer = await send(server, sent);
    expect(answer.status).toBe(status);
    expect(answer.body).toMatch(/^[A-Z][^\n]+\.\n$/);
    expect(answer.headers.get('content-type')).toBe('text/plain; charset=utf-8');
  });

  test('405 names the method that is served', async () => {
    const answer = await send(await start(), { method: 'DELETE' });
    expect(answer.headers.get('allow')).toBe('POST');
  });

  test('413 also when the length is not told beforehand', async () => {
    const server = await start();
    const socket = await dial(server, head('Transfer-Encoding: chunked'));
    for (let sent = 0; sent <= MIB; sent += 65_536) socket.write(`10000\r\n${'x'.repeat(65_536)}\r\n`);
    socket.end('0\r\n\r\n');
    expect(await text(socket)).toMatch(/^HTTP\/1.1 413 /);
    expect(hints).toEqual([]);
  });

  test('an empty secret opens nothing', async () => {
    const server = await start({ secrets: [new Secret('')] });
    expect(await send(server, { token: '' })).toMatchObject({ status: 401 });
  });

  test('a secret that is not ASCII is recognised as the Engine sends it', async () => {
    const server = await start({ secrets: [new Secret('пароль')] });
    const token = Buffer.from('пароль').toString('latin1');
    expect(await send(server, { token })).toMatchObject({ status: 200 });
  });
});

describe('the checks come in their order: path, method, secret, size, content', () => {
  const tooMuch = new Uint8Array(2 * MIB);
  test.each<[number, Sent]>([
    [404, { path: '/x', method: 'PUT', token: 'wrong', body: tooMuch }],
    [405, { method: 'PUT', token: 'wrong', body: tooMuch }],
    [401, { token: 'wrong', body: tooMuch }],
    [401, { token: 'wrong', body: 'no JSON' }],
    [413, { body: tooMuch }],
  ])('%i', async (status, sent) => {
    expect(await send(await start(), sent)).toMatchObject({ status });
  });

  test('the secret is asked for before the body has come', async () => {
    const server = await start();
    const socket = await dial(server, head('Content-Length: 10').replace('right', 'wrong'));
    const [answer] = await once(socket, 'data');
    expect(String(answer)).toMatch(/^HTTP\/1.1 401 /);
    socket.destroy();
  });
});

test('every secret is compared, whichever matches', async () => {
  const secrets = [new Secret('right'), new Secret('former'), new Secret('other')];
  const compared = secrets.map((secret) => vi.spyOn(secret, 'matches'));
  const server = await start({ secrets });
  await send(server, { token: 'right' });
  await send(server, { token: 'wrong' });
  expect(compared.map((spy) => spy.mock.calls.length)).toEqual([2, 2, 2]);
});

test('300 webhooks at once are all answered 200 and handed over', async () => {
  const server = await start();
  const ids = Array.from({ length: 300 }, (_, index) => `clone-${index}`);
  const answers = await Promise.all(
    ids.map((id) => send(server, { body: JSON.stringify({ event_type: 'clone_create', entity_id: id }) })),
  );
  expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]));
  expect(new Set(hints.map(({ cloneId }) => cloneId))).toEqual(new Set(ids));
});

describe('slow clients', () => {
  const limits = { requestMs: 50 };

  test.each([
    ['headers', 'POST /teleport-sync HTTP/1.1\r\nHost: x\r\n'],
    ['a body', `${head('Content-Length: 1000')}{"event_type`],
    ['anything at all', ''],
  ])('one that never finishes %s is answered 408 and cut off', async (_, sent) => {
    const server = await start({ limits });
    const answer = await text(await dial(server, sent));
    expect(answer).toMatch(/^HTTP\/1.1 408 [\s\S]*The request did not arrive in time\.$/);
    expect(hints).toEqual([]);
  });

  test('they do not keep others waiting', async () => {
    const server = await start();
    const stalled = await Promise.all([1, 2, 3].map(() => dial(server, head('Content-Length: 1000'))));
    expect(await send(server)).toMatchObject({ status: 200 });
    for (const socket of stalled) socket.destroy();
  });

  test('an idle connection is closed', async () => {
    const server = await start({ limits: { idleMs: 50 } });
    const socket = await dial(server, head(`Content-Length: ${created.length}`) + created);
    expect(await text(socket)).toMatch(/^HTTP\/1.1 200 /);
  });
});

test.each([
  ['what is not HTTP', 'hello\r\n\r\n', 400],
  ['endless headers', `POST /teleport-sync HTTP/1.1\r\nX: ${'x'.repeat(70_000)}\r\n\r\n`, 431],
])('%s is answered and cut off', async (_, sent, status) => {
  const server = await start();
  expect(await text(await dial(server, sent))).toMatch(new RegExp(`^HTTP/1.1 ${status} `));
});

describe('closing', () => {
  test('does not wait for idle connections, and frees the port', async () => {
    const server = await start();
    const idle = await dial(server, head(`Content-Length: ${created.length}`) + created);
    await once(idle, 'data');
    await server.close();
    expect(await text(idle)).toBe('');
    await expect(send(server)).rejects.toThrow();
  });

  test('cuts off what stalls', async () => {
    const server = await start({ limits: { graceMs: 20 } });
    const [silent, stalled] = await Promise.all([
      dial(server, ''),
      dial(server, head('Content-Length: 1000')),
    ]);
    const ended = Promise.all([once(silent, 'close'), once(stalled, 'close')]);
    silent.on('error', () => {}).resume();
    stalled.on('error', () => {}).resume();
    expect(await send(server)).toMatchObject({ status: 200 });
    await server.close();
    await ended;
  });

  test('twice is no harm', async () => {
    const server = await start();
    await Promise.all([server.close(), server.close()]);
  });
});

describe('the log', () => {
  test('a wrong secret cannot flood it: a line a minute, with a count', async () => {
    const server = await start();
    for (let i = 0; i < 5; i += 1) await send(server, { token: 'wrong' });
    expect(lines).toHaveLength(1);
    now += 60_000;
    await send(server, { token: 'wrong' });
    expect(lines.map(({ facts }) => facts)).toEqual([
      { status: 401, from: '127.0.0.1', count: 1 },
      { status: 401, from: '127.0.0.1', count: 5 },
    ]);
    expect(lines[0]?.sentence).toMatch(
      /DBLab-Webhook-Token.*server\.yml and WEBHOOK_SECRET must be the same/,
    );
  });

  test('one reason does not hide another', async () => {
    const server = await start();
    await send(server, { token: 'wrong' });
    await send(server, { body: 'no JSON' });
    await send(server, { path: '/elsewhere' });
    expect(lines).toHaveLength(3);
  });

  test('neither a token nor a body is ever written or sent back', async () => {
    const server = await start();
    const answers = await Promise.all([
      send(server, { token: 'hidden-token' }),
      send(server, { body: 'hidden-body' }),
      send(server, { body: '{"event_type":"hidden-body","entity_id":"hidden-body"}' }),
      send(server, { body: '{"event_type":"clone_create","entity_id":["hidden-body"]}' }),
      send(server, { path: '/hidden-path', body: 'hidden-body' }),
    ]);
    expect(JSON.stringify([answers, lines])).not.toContain('hidden');
  });
});

function head(length: string): string {
  return `POST /teleport-sync HTTP/1.1\r\nHost: x\r\nDBLab-Webhook-Token: right\r\n${length}\r\n\r\n`;
}
