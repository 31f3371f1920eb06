import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { systemClock } from '../lib/clock.ts';
import type { Readiness } from '../sync/readiness.ts';
import { serveHealth } from './health.ts';
import type { Server } from './server.ts';

let server: Server;
let readiness: Readiness;

beforeEach(async () => {
  readiness = { ready: true, sentence: '12 clones are registered.' };
  server = await serveHealth({
    address: { host: '127.0.0.1', port: 0 },
    flag: 'status-addr',
    clock: systemClock,
    readiness: () => readiness,
  });
});
afterEach(() => server.close());

async function ask(path: string, init: RequestInit = {}) {
  const answer = await fetch(server.url + path, init);
  return { status: answer.status, type: answer.headers.get('content-type'), body: await answer.text() };
}

test('/healthz says that the process runs, ready or not', async () => {
  readiness = { ready: false, sentence: 'The Engine cannot be reached.' };
  expect(await ask('/healthz')).toEqual({ status: 200, type: 'text/plain; charset=utf-8', body: 'ok\n' });
});

describe('/readyz', () => {
  test.each<[boolean, number]>([
    [true, 200],
    [false, 503],
  ])('ready %s: %i and the sentence of the moment', async (ready, status) => {
    readiness = { ready, sentence: 'This is the sentence.' };
    expect(await ask('/readyz')).toEqual({
      status,
      type: 'text/plain; charset=utf-8',
      body: 'This is the sentence.\n',
    });
    const json = await ask('/readyz', { headers: { Accept: 'application/json' } });
    expect(json).toMatchObject({ status, type: expect.stringMatching(/^application\/json/) });
    expect(JSON.parse(json.body)).toEqual({ ready, sentence: 'This is the sentence.' });
  });
});

test('HEAD answers the same without a body', async () => {
  readiness = { ready: false, sentence: 'No.' };
  expect(await ask('/healthz', { method: 'HEAD' })).toMatchObject({ status: 200, body: '' });
  expect(await ask('/readyz', { method: 'HEAD' })).toMatchObject({ status: 503, body: '' });
});

test.each([
  ['/', 'GET'],
  ['/healthz/', 'GET'],
  ['/metrics/x', 'GET'],
  ['/%zz', 'GET'],
  ['/healthz', 'POST'],
  ['/readyz', 'DELETE'],
])('anything else is 404: %s %s', async (path, method) => {
  const init = method === 'POST' ? { method, body: 'x'.repeat(100) } : { method };
  expect(await ask(path, init)).toMatchObject({ status: 404, body: 'Nothing is served here.\n' });
});
