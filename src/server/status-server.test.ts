import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { systemClock } from '../lib/clock.ts';
import { readiness } from '../sync/readiness.ts';
import { type Status, starting } from '../sync/status.ts';
import { News } from './news.ts';
import type { Server } from './server.ts';
import { serveStatus } from './status-server.ts';

let server: Server;
let news: News;
/** Before the first look. */
const unready = starting(
  {
    environment: 'prod',
    cloneHost: '127.0.0.1',
    labels: {},
    userLabel: 'database',
    app: undefined,
    leaseMs: undefined,
  },
  'api',
);
const ready: Status = {
  ...unready,
  lookedAt: Date.UTC(2026, 0, 2),
  clones: [
    {
      ...{ id: 'c1', status: 'OK', port: 6000, standing: 'registered', name: 'dblab-clone-prod-c1-6000' },
      ...{ user: 'ann', database: 'shop', createdAt: '2026-01-01T00:00:00Z', refusal: undefined },
    },
  ],
};
let status: Status;

beforeEach(async () => {
  status = ready;
  news = new News();
  server = await serveStatus({
    address: { host: '127.0.0.1', port: 0 },
    flag: 'status-addr',
    clock: systemClock,
    status: () => status,
    surroundings: () => ({ identity: null, changes: [], plan: [] }),
    metrics: async () => 'dblab_teleport_ready 1\n',
    news,
  });
});
afterEach(() => server.close());

async function ask(path: string, init: RequestInit = {}) {
  const answer = await fetch(server.url + path, init);
  return { status: answer.status, type: answer.headers.get('content-type'), body: await answer.text() };
}

test('/healthz says that the process runs, ready or not', async () => {
  status = unready;
  expect(await ask('/healthz')).toEqual({ status: 200, type: 'text/plain; charset=utf-8', body: 'ok\n' });
});

test.each<[string, Status, number]>([
  ['ready', ready, 200],
  ['before the first look', unready, 503],
])('/readyz, %s: the code and the sentence of the moment', async (_, now, code) => {
  status = now;
  const { sentence, ready: isReady } = readiness(now);
  const type = 'text/plain; charset=utf-8';
  expect(await ask('/readyz')).toEqual({ status: code, type, body: `${sentence}\n` });
  const json = await ask('/readyz', { headers: { Accept: 'application/json' } });
  expect(json).toMatchObject({ status: code, type: expect.stringMatching(/^application\/json/) });
  expect(JSON.parse(json.body)).toEqual({ ready: isReady, sentence });
});

describe('/api/status', () => {
  const said = async () => JSON.parse((await ask('/api/status')).body);

  test('says of each clone how it stands, and what agents serve it where that is known', async () => {
    const clone = {
      id: 'c1',
      status: 'OK',
      port: 6000,
      standing: 'registered',
      name: 'dblab-clone-prod-c1-6000',
    };
    expect(await said()).toEqual({
      environment: 'prod',
      transport: 'api',
      ready: true,
      troubles: [],
      lookedAt: '2026-01-02T00:00:00.000Z',
      app: 'not-offered',
      clones: [
        {
          ...clone,
          servedBy: null,
          createdAt: '2026-01-01T00:00:00Z',
          error: null,
          connect: 'tsh db connect dblab-clone-prod-c1-6000 --db-user ann --db-name shop',
        },
      ],
      held: { clones: [], why: null },
      identity: null,
      changes: [],
      plan: [],
    });
  });

  test('before the first look it is in doubt, and says so', async () => {
    status = unready;
    expect(await said()).toMatchObject({
      ready: false,
      lookedAt: null,
      troubles: [readiness(unready).sentence],
    });
  });
});

test('HEAD answers the same without a body', async () => {
  status = unready;
  expect(await ask('/healthz', { method: 'HEAD' })).toMatchObject({ status: 200, body: '' });
  expect(await ask('/readyz', { method: 'HEAD' })).toMatchObject({ status: 503, body: '' });
});

test.each([
  ['/index.html', 'GET'],
  ['/page.css', 'POST'],
  ['/healthz/', 'GET'],
  ['/metrics/x', 'GET'],
  ['/%zz', 'GET'],
  ['/healthz', 'POST'],
  ['/readyz', 'DELETE'],
])('anything else is 404: %s %s', async (path, method) => {
  const init = method === 'POST' ? { method, body: 'x'.repeat(100) } : { method };
  expect(await ask(path, init)).toMatchObject({ status: 404, body: 'Nothing is served here.\n' });
});

test('/metrics is in the text format of Prometheus', async () => {
  expect(await ask('/metrics')).toEqual({
    status: 200,
    type: 'text/plain; version=0.0.4; charset=utf-8',
    body: 'dblab_teleport_ready 1\n',
  });
});

describe('the page', () => {
  test('loads nothing from elsewhere, may stand in no frame and is not kept', async () => {
    const answer = await fetch(`${server.url}/`);
    const policy = answer.headers.get('content-security-policy') ?? '';
    expect(policy).toContain("default-src 'none'");
    expect(policy).toContain("frame-ancestors 'none'");
    expect(policy).not.toContain('unsafe');
    expect(answer.headers.get('cache-control')).toBe('no-store');
    const text = await answer.text();
    expect([...text.matchAll(/(?:src|href)="([^"]*)"/g)].map(([, link]) => link)).toEqual(
      expect.arrayContaining(['/page.css', '/page.js']),
    );
    expect(text).not.toMatch(/(?:src|href|action)="(?:https?:)?\/\//);
    expect(text).not.toMatch(/<script>|<style|style=|onclick/);
  });

  test('tells its readers of news at once, and lets them go when it closes', async () => {
    const answer = await fetch(`${server.url}/events`);
    const reader = answer.body?.pipeThrough(new TextDecoderStream()).getReader();
    expect(answer.headers.get('content-type')).toBe('text/event-stream');
    expect((await reader?.read())?.value).toBe(': open\n\n');
    news.publish();
    expect((await reader?.read())?.value).toBe('data: changed\n\n');
    await server.close();
    expect(await reader?.read()).toMatchObject({ done: true });
  });

  test('takes no more readers than it can bear', async () => {
    const answers = await Promise.all(Array.from({ length: 100 }, () => fetch(`${server.url}/events`)));
    expect((await fetch(`${server.url}/events`)).status).toBe(503);
    await Promise.all(answers.map((answer) => answer.body?.cancel()));
  });
});
