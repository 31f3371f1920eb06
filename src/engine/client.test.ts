import { EventEmitter, once } from 'node:events';
import http, { type RequestListener } from 'node:http';
import https from 'node:https';
import net, { type AddressInfo } from 'node:net';
import { afterEach, describe, expect, test } from 'vitest';
import { Secret } from '../lib/secret.ts';
import { createAuthority } from '../sandbox/teleport/authority.ts';
import { engineOver } from './client.ts';
import { type CloneOrder, createClone, destroyClone } from './clones.ts';
import { EngineError } from './error.ts';
import { type EngineOptions, openRequests } from './requests.ts';

const releases: (() => unknown)[] = [];
afterEach(async () => {
  for (const release of releases.splice(0).reverse()) await release();
});

const signal = () => new AbortController().signal;

/** The address that the server listens at, until the test ends. */
async function listen(server: net.Server): Promise<string> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  releases.push(() => {
    server.close();
    if (server instanceof http.Server) server.closeAllConnections();
  });
  return `127.0.0.1:${(server.address() as AddressInfo).port}`;
}

async function serve(listener: RequestListener): Promise<string> {
  return `http://${await listen(http.createServer(listener))}`;
}

function engineAt(url: string, options: Partial<EngineOptions> = {}) {
  const requests = openRequests({ url, token: new Secret('the-token'), ...options });
  releases.push(() => requests.close());
  return {
    ...engineOver(requests),
    createClone: (order: CloneOrder, until: AbortSignal) => createClone(order, requests, until),
    destroyClone: (id: string, until: AbortSignal) => destroyClone(id, requests, until),
  };
}

const okClone = {
  id: 'c1',
  createdAt: '2026-04-07T11:00:00Z',
  status: { code: 'OK', message: 'Clone is ready to accept Postgres connections.' },
  db: { host: 'localhost', port: '6000', username: 'testuser', password: '', dbName: 'postgres' },
};

function status(clones: unknown, numClones: unknown = Array.isArray(clones) ? clones.length : 0) {
  const engine = { version: 'v4.1.0-20260407-1107', edition: 'standard', instanceID: 'd0abc' };
  return JSON.stringify({ engine, cloning: { numClones, clones } });
}

async function engineThatSays(text: string, code = 200, headers: Record<string, string> = {}) {
  const type = { 'Content-Type': 'application/json; charset=utf-8' };
  return engineAt(await serve((_, response) => response.writeHead(code, { ...type, ...headers }).end(text)));
}

async function failureOf(promise: Promise<unknown>): Promise<EngineError> {
  const error = await promise.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (error instanceof EngineError) return error;
  throw new Error('this should have failed with an EngineError', { cause: error });
}

describe('a look', () => {
  test('is one GET /status below the given prefix, with the token', async () => {
    const seen: unknown[] = [];
    const url = await serve((request, response) => {
      seen.push([request.method, request.url, request.headers['verification-token']]);
      response.end(status([okClone]));
    });
    await engineAt(`${url}/dblab/api/?x=1`).look(signal());
    expect(seen).toEqual([['GET', '/dblab/api/status', 'the-token']]);
  });

  test('gives the clones with the edition', async () => {
    const engine = await engineThatSays(status([okClone]));
    expect(await engine.look(signal())).toEqual({
      edition: 'standard',
      version: 'v4.1.0-20260407-1107',
      instanceId: 'd0abc',
      clones: [expect.objectContaining({ id: 'c1', status: 'OK', port: 6000, user: 'testuser' })],
    });
  });

  test('leaves the edition empty where the Engine does not tell it', async () => {
    const engine = await engineThatSays(JSON.stringify({ cloning: { clones: [] } }));
    expect(await engine.look(signal())).toEqual({ clones: [], edition: '', version: '', instanceId: '' });
  });

  test('takes null for no clones only where none are counted', async () => {
    expect((await (await engineThatSays(status(null, 0))).look(signal())).clones).toEqual([]);
    expect((await failureOf((await engineThatSays(status(null, 2))).look(signal()))).code).toBe(
      'not-an-engine',
    );
  });

  test.each([
    ['has no id', { ...okClone, id: '' }],
    ['has no status', { ...okClone, status: undefined }],
    ['has a port that is none', { ...okClone, db: { ...okClone.db, port: '99999' } }],
  ])('fails as a whole when a clone %s: it must not vanish from Teleport', async (_, broken) => {
    const failure = await failureOf((await engineThatSays(status([okClone, broken]))).look(signal()));
    expect(failure.code).toBe('not-an-engine');
    expect(failure.message).toContain('cloning.clones.1.');
  });

  test('names the clone that cannot be read', async () => {
    const broken = { ...okClone, id: 'my-clone', db: { port: 'x' } };
    const failure = await failureOf((await engineThatSays(status([okClone, broken]))).look(signal()));
    expect(failure.message).toContain('clone "my-clone"');
  });

  test.each([
    [2, 3],
    [1, 0],
  ])('fails when %i clones are listed and %i counted', async (listed, counted) => {
    const clones = Array.from({ length: listed }, (_, n) => ({ ...okClone, id: `c${n}` }));
    expect((await failureOf((await engineThatSays(status(clones, counted))).look(signal()))).code).toBe(
      'not-an-engine',
    );
  });
});

describe('orders', () => {
  /** What the Engine is sent, as one line of head and the body. */
  async function recorder(answer: string) {
    const requests: { head: string; body: string }[] = [];
    const url = await serve((request, response) => {
      let body = '';
      request.on('data', (chunk) => {
        body += chunk;
      });
      request.on('end', () => {
        requests.push({ head: `${request.method} ${request.url}`, body });
        response.end(answer);
      });
    });
    return { engine: engineAt(url), requests };
  }

  test('createClone sends what the original client sends', async () => {
    const { engine, requests } = await recorder(JSON.stringify(okClone));
    const password = new Secret('secret_password');
    await engine.createClone({ id: 'c1', username: 'testuser', password, dbName: 'postgres' }, signal());
    expect(requests).toEqual([
      {
        head: 'POST /clone',
        body: '{"id":"c1","protected":false,"db":{"username":"testuser","password":"secret_password","restricted":false,"db_name":"postgres"},"snapshot":null,"extra_conf":{},"branch":""}\n',
      },
    ]);
  });

  test('createClone sends snapshot, branch and protection when they are asked for', async () => {
    const { engine, requests } = await recorder(JSON.stringify(okClone));
    const password = new Secret('p');
    await engine.createClone(
      { username: 'u', password, snapshotId: 'pool@snap', branch: 'dev', protection: { protected: true } },
      signal(),
    );
    expect(JSON.parse(String(requests[0]?.body))).toMatchObject({
      protected: true,
      snapshot: { id: 'pool@snap' },
      branch: 'dev',
    });
  });

  test('clone and destroyClone name the clone in the path', async () => {
    const { engine, requests } = await recorder(JSON.stringify(okClone));
    await engine.clone('a_B.c-1', signal());
    await engine.destroyClone('a_B.c-1', signal());
    expect(requests.map(({ head }) => head)).toEqual(['GET /clone/a_B.c-1', 'DELETE /clone/a_B.c-1']);
  });

  test('an id cannot reach another resource', async () => {
    const { engine, requests } = await recorder(JSON.stringify(okClone));
    for (const id of ['', '.', '..']) {
      expect((await failureOf(engine.destroyClone(id, signal()))).code).toBe('not-found');
    }
    await engine.destroyClone('../branch/x?y#z', signal());
    expect(requests.map(({ head }) => head)).toEqual(['DELETE /clone/..%2Fbranch%2Fx%3Fy%23z']);
  });

  test('destroyClone takes the empty answer of the Engine', async () => {
    await expect((await engineThatSays('')).destroyClone('c1', signal())).resolves.toBeUndefined();
  });

  test('destroyClone does not take a web page for an answer', async () => {
    const failure = await failureOf((await engineThatSays('<html>')).destroyClone('c1', signal()));
    expect(failure.code).toBe('not-an-engine');
    expect(failure.message).toContain('web page');
  });
});

const body = (code: string, message: string) => JSON.stringify({ code, message });

describe('refusals', () => {
  test.each([
    [404, body('NOT_FOUND', 'Requested object does not exist. Specify your request.'), 'not-found'],
    [500, body('INTERNAL_ERROR', 'clone not found'), 'not-found'],
    [500, body('INTERNAL_ERROR', 'clone is protected'), 'protected'],
    [500, body('INTERNAL_ERROR', 'no space left on device'), 'server-error'],
    [502, '<html>Bad Gateway</html>', 'server-error'],
    [401, body('UNAUTHORIZED', 'Check your verification token.'), 'unauthorized'],
    [403, 'forbidden', 'unauthorized'],
    [400, body('BAD_REQUEST', 'clone with ID "x" already exists'), 'refused'],
    [404, '404 page not found\n', 'not-an-engine'],
    [404, '{"error":"no such route"}', 'not-an-engine'],
    [405, '', 'not-an-engine'],
  ])('%i %s is %s', async (code, text, want) => {
    expect((await failureOf((await engineThatSays(text, code)).destroyClone('x', signal()))).code).toBe(want);
  });

  test('a 404 for anything but a clone does not mean that a clone is gone', async () => {
    const engine = await engineThatSays(body('NOT_FOUND', 'no'), 404);
    expect((await failureOf(engine.look(signal()))).code).toBe('refused');
  });

  test("keep the Engine's own words, without what a terminal would obey", async () => {
    const engine = await engineThatSays(body('BAD_REQUEST', 'no\u001b[2J such branch'), 400);
    const { message } = await failureOf(engine.clone('x', signal()));
    expect(message).toContain('no\\u001b[2J such branch');
  });

  test('a wrong token says where the right one is and which settings hold ours', async () => {
    const url = await serve((_, response) => response.writeHead(401).end());
    const settings = { url: '--url', token: 'DBLAB_VERIFICATION_TOKEN' };
    const { message } = await failureOf(engineAt(url, { settings }).look(signal()));
    expect(message).toContain('server.yml');
    expect(message).toContain('DBLAB_VERIFICATION_TOKEN');
  });

  test('a redirect is not followed, and no token goes to its target', async () => {
    let visited = false;
    const target = await serve((_, response) => {
      visited = true;
      response.end(status([]));
    });
    const engine = await engineThatSays('', 302, { Location: `${target}/status` });
    const failure = await failureOf(engine.look(signal()));
    expect(failure.code).toBe('not-an-engine');
    expect(failure.message).toContain(target);
    expect(visited).toBe(false);
  });
});

describe('answers that are none of the Engine', () => {
  test.each([
    ['a web page', '<!doctype html><h1>It works</h1>', 'web page'],
    ['cut-off JSON', status([okClone]).slice(0, -20), 'not valid JSON'],
    ['nothing', '', 'empty'],
    ['another API', '{"status":"ok"}', 'cloning'],
    ['a list', '[]', 'the whole'],
  ])('%s', async (_, text, words) => {
    const failure = await failureOf((await engineThatSays(text)).look(signal()));
    expect(failure.code).toBe('not-an-engine');
    expect(failure.message).toContain(words);
    expect(failure.message).toContain('--dblab-url');
  });

  test('more than can be read', async () => {
    const piece = Buffer.alloc(1024 * 1024, ' ');
    const url = await serve((_, response) => {
      const more = () => {
        while (response.write(piece));
      };
      response.on('drain', more);
      more();
    });
    const failure = await failureOf(engineAt(url).look(signal()));
    expect(failure.code).toBe('not-an-engine');
    expect(failure.message).toContain('too large');
  });
});

describe('connections', () => {
  test('a port that nobody listens at', async () => {
    const server = net.createServer();
    const address = await listen(server);
    server.close();
    await once(server, 'close');
    const failure = await failureOf(engineAt(`http://${address}`).look(signal()));
    expect(failure.code).toBe('unreachable');
    expect(failure.message).toContain(`http://${address} (connection refused)`);
  });

  test('a host name that does not exist', async () => {
    const failure = await failureOf(engineAt('http://engine.invalid:2345').look(signal()));
    expect(failure.code).toBe('unreachable');
    expect(failure.message).toContain('cannot be resolved');
  });

  test('an answer that breaks off', async () => {
    const url = await serve((_, response) => {
      response.writeHead(200, { 'Content-Length': 1000 });
      response.write('{"engine":', () => response.destroy());
    });
    const failure = await failureOf(engineAt(url).look(signal()));
    expect(failure.code).toBe('unreachable');
    expect(failure.message).toContain('closed the connection');
  });

  test.each([
    ['never comes', false],
    ['never ends', true],
  ])('an answer that %s', async (_, begins) => {
    const url = await serve((_request, response) => void (begins && response.write('{')));
    const failure = await failureOf(engineAt(url, { timeoutMs: 50 }).look(signal()));
    expect(failure.code).toBe('timeout');
    expect(failure.message).toContain('within 0.05 s');
  });

  test('the caller can end the wait', async () => {
    const caller = new AbortController();
    const arrivals = new EventEmitter();
    const url = await serve((request) => {
      request.on('close', () => arrivals.emit('cut'));
      caller.abort(new Error('shutting down'));
    });
    const cut = once(arrivals, 'cut');
    await expect(engineAt(url).look(caller.signal)).rejects.toThrow('shutting down');
    await cut;
    await expect(engineAt(url).look(caller.signal)).rejects.toThrow('shutting down');
  });

  test('something else than HTTP', async () => {
    const address = await listen(net.createServer((socket) => socket.end('SSH-2.0-OpenSSH_9.2\r\n')));
    expect((await failureOf(engineAt(`http://${address}`).look(signal()))).code).toBe('not-an-engine');
  });

  test('readings share one connection', async () => {
    const sockets = new Set<unknown>();
    const url = await serve((request, response) => {
      sockets.add(request.socket);
      response.end(status([]));
    });
    const engine = engineAt(url);
    for (let n = 0; n < 3; n++) await engine.look(signal());
    expect(sockets.size).toBe(1);
  });

  test('a reading that meets a connection gone stale is repeated on a fresh one', async () => {
    const used = new Set<unknown>();
    const url = await serve((request, response) => {
      if (used.has(request.socket)) request.socket.destroy();
      used.add(request.socket);
      response.end(status([]));
    });
    const engine = engineAt(url);
    await engine.look(signal());
    await engine.look(signal());
    expect(used.size).toBe(2);
  });

  test('an order is never sent twice', async () => {
    let orders = 0;
    const url = await serve((request, response) => {
      if (request.method === 'GET') {
        response.end(status([]));
      } else {
        orders++;
        request.socket.destroy();
      }
    });
    const engine = engineAt(url);
    await engine.look(signal());
    expect(await failureOf(engine.destroyClone('c1', signal()))).toMatchObject({
      code: 'unreachable',
      answerLost: true,
    });
    expect(orders).toBe(1);
  });
});

describe('TLS', () => {
  async function tlsServer() {
    const authority = await createAuthority('test', Date.now());
    const { certificate, key } = await authority.issue({
      subject: [{ CN: ['localhost'] }],
      notAfter: Date.now() + 3_600_000,
    });
    const pem = key.export({ type: 'pkcs8', format: 'pem' });
    return listen(
      https.createServer({ cert: certificate, key: pem }, (_, response) => response.end(status([]))),
    );
  }

  test('a certificate of an unknown authority is refused, with the variable that would help', async () => {
    const failure = await failureOf(engineAt(`https://${await tlsServer()}`).look(signal()));
    expect(failure.code).toBe('unreachable');
    expect(failure.message).toContain('NODE_EXTRA_CA_CERTS');
    expect(failure.message).not.toContain('--insecure');
  });

  test('--insecure is named where it can be given', async () => {
    const engine = engineAt(`https://${await tlsServer()}`, { insecure: false });
    expect((await failureOf(engine.look(signal()))).message).toContain('--insecure');
  });

  test('insecure accepts it', async () => {
    const engine = engineAt(`https://${await tlsServer()}`, { insecure: true });
    expect((await engine.look(signal())).edition).toBe('standard');
  });

  test('https:// to the plain HTTP of the Engine says to write http://', async () => {
    const url = await serve((_, response) => response.end(status([])));
    const failure = await failureOf(engineAt(url.replace('http:', 'https:')).look(signal()));
    expect(failure.code).toBe('unreachable');
    expect(failure.message).toContain('write http://');
  });
});

describe('secrets', () => {
  test('a token that no header can carry is not repeated', async () => {
    const engine = engineAt('http://127.0.0.1:1', { token: new Secret('two\nlines') });
    const failure = await failureOf(engine.look(signal()));
    expect(failure.code).toBe('unauthorized');
    expect(failure.message).not.toContain('lines');
  });

  test('credentials in the URL are used and never shown', async () => {
    let authorization: string | undefined;
    const url = await serve((request, response) => {
      authorization = request.headers.authorization;
      response.writeHead(500).end();
    });
    const engine = engineAt(url.replace('http://', 'http://me:hidden@'));
    expect((await failureOf(engine.look(signal()))).message).not.toContain('hidden');
    expect(authorization).toBe(`Basic ${btoa('me:hidden')}`);
  });

  test('a token beyond ASCII arrives as the bytes of its UTF-8', async () => {
    let token = '';
    const url = await serve((request, response) => {
      token = Buffer.from(String(request.headers['verification-token']), 'latin1').toString('utf8');
      response.end(status([]));
    });
    await engineAt(url, { token: new Secret('schlüssel') }).look(signal());
    expect(token).toBe('schlüssel');
  });

  test.each(['localhost:2345', 'ftp://host', 'secret words'])('%s is no address', (url) => {
    expect(() => engineAt(url)).toThrow('--dblab-url is no http(s) address');
  });
});
