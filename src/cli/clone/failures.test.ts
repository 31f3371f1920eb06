import { once } from 'node:events';
import http, { type RequestListener, type ServerResponse } from 'node:http';
import https from 'node:https';
import type { AddressInfo } from 'node:net';
import { describe, expect, onTestFinished, test } from 'vitest';
import { createAuthority } from '../../sandbox/teleport/authority.ts';
import { type CommandedEngine, commandEngine } from '../../testing/commanded-engine.ts';

/* What goes wrong is one sentence on stderr, with exit code 1 and nothing on stdout. */

const CREATE = 'clone create --username alice --password secret_password --id c1';
const words = (text: string) => text.split(' ');

interface Case {
  /** Before the command that fails. */
  readonly given?: (all: CommandedEngine) => unknown;
  readonly typed: string;
  readonly said: RegExp;
}

const oneClone = ({ dblab }: CommandedEngine) => dblab(words(CREATE));
const faulty = (answers: CommandedEngine['engine']['faults']['answers']) => (all: CommandedEngine) => {
  all.engine.faults.answers = answers;
};

const CASES: Readonly<Record<string, Case>> = {
  'no Engine': {
    typed: 'clone list --url http://127.0.0.1:1',
    said: /^Nothing listens at http:\/\/127\.0\.0\.1:1 \(connection refused\)\. Start the DBLab Engine, or correct --url/,
  },
  'no Engine to create a clone at': {
    typed: `${CREATE} --url http://127.0.0.1:1`,
    said: /^Nothing listens at [^ ]+ \(connection refused\)\. Start the DBLab Engine, or correct [^.]*\.\n$/,
  },
  'a wrong token': {
    typed: 'clone list --token hidden',
    said: /refuses the token \(401: .*Set --token \(or DBLAB_VERIFICATION_TOKEN\) to/,
  },
  'an unknown id, asked for': {
    typed: 'clone status c9',
    said: /has no such clone \(GET \/clone\/c9\)\. "dblab clone list"/,
  },
  'an unknown id, destroyed': { typed: 'clone destroy c9', said: /has no such clone \(DELETE \/clone\/c9\)/ },
  'an unknown id, protected': {
    typed: 'clone update c9 -p',
    said: /has no such clone \(PATCH \/clone\/c9\)/,
  },
  'an unknown id, reset': { typed: 'clone reset c9', said: /has no such clone \(POST \/clone\/c9\/reset\)/ },
  'an id that would be another path': { typed: 'clone destroy ..', said: /has no such clone/ },
  'a weak password': {
    typed: 'clone create --username alice --password 12345',
    said: /password too weak: insecure password, try .*\. It wants 60 bits of entropy; "dblab clone create" without a password/,
  },
  'a protected clone': {
    given: ({ dblab }) => dblab(words(`${CREATE} --protected`)),
    typed: 'clone destroy c1',
    said: /^Clone c1 is protected and cannot be destroyed\. .*: dblab clone update c1 --protected false\.\n$/,
  },
  'an id that is taken': {
    given: oneClone,
    typed: CREATE,
    said: /clone with ID "c1" already exists\. Choose another --id/,
  },
  'an id that is none': {
    typed: `${CREATE.replace('c1', '-c1')}`,
    said: /clone ID must start with a letter or number/,
  },
  'no such snapshot': {
    typed: `${CREATE} --snapshot-id dblab_pool@x`,
    said: /^The DBLab Engine has no such snapshot\. "dblab snapshot list"/,
  },
  'no such branch': {
    typed: `${CREATE} --branch dev`,
    said: /^The DBLab Engine has no branch dev\. "dblab branch"/,
  },
  'a web page, read': {
    given: faulty('html'),
    typed: 'clone list',
    said: /it is a web page \(HTML\) and not JSON.*Check that --url/,
  },
  'a web page, to an order': { given: faulty('html'), typed: 'clone destroy c1 --async', said: /web page/ },
  'no answer in time': {
    given: faulty('hang'),
    typed: 'clone list --request-timeout 500ms',
    said: /did not answer GET \/status within 0\.5 s\. .*overloaded or hung/,
  },
  'a failing Engine': {
    given: faulty('error-500'),
    typed: 'clone status c1',
    said: /failed on GET \/clone\/c1.*Look at its log/,
  },
  'a password file that is not there': {
    typed: 'clone create --username alice --password-file /nonexistent/file',
    said: /password file "\/nonexistent\/file" cannot be read: ENOENT/,
  },
};

test.each(Object.entries(CASES))('%s', async (_, { given, typed, said }) => {
  const all = await commandEngine();
  await given?.(all);
  const told = await all.dblab(words(typed));
  expect(told).toEqual({ exit: 1, stdout: '', stderr: expect.stringMatching(said) });
  expect(told.stderr).not.toMatch(/^ +at |secret_password|hidden/m);
});

test('no port is left: the clone fails after it was accepted, and it is said what to do', async () => {
  const { dblab } = await commandEngine({ ports: { from: 6000, to: 6000 } });
  await dblab(words(CREATE));
  const { exit, stdout, stderr } = await dblab(words(CREATE.replace('c1', 'c2')));
  expect({ exit, stdout }).toEqual({ exit: 1, stdout: '' });
  expect(stderr).toMatch(
    /^Clone c2 could not be created, the Engine says FATAL: failed to get a free port\. All ports of provision\.portPool .*"dblab clone destroy c2"/,
  );
});

test('billing is not active', async () => {
  const url = await serve((_, response) => refuse(response, 400, 'billing is not active'));
  const { dblab } = await commandEngine();
  const { exit, stderr } = await dblab([...words(CREATE), '--url', url]);
  expect(exit).toBe(1);
  expect(stderr).toMatch(/^The DBLab Engine makes no clones because its billing is not active\. Activate it/);
});

test('a self-signed certificate', async () => {
  const authority = await createAuthority('test', Date.now());
  const subject = { subject: [{ CN: ['localhost'] }], notAfter: Date.now() + 3_600_000 };
  const { certificate, key } = await authority.issue(subject);
  const pem = key.export({ type: 'pkcs8', format: 'pem' });
  const server = https.createServer({ cert: certificate, key: pem }, (_, response) =>
    response.end('{"cloning":{"clones":[]}}'),
  );
  const url = (await listen(server)).replace('http:', 'https:');
  const { dblab } = await commandEngine();
  const { exit, stderr } = await dblab(['clone', 'list', '--url', url]);
  expect(exit).toBe(1);
  expect(stderr).toMatch(/certificate of .* is not accepted .*NODE_EXTRA_CA_CERTS=FILE, .*--insecure/);
  expect(await dblab(['clone', 'list', '--url', url, '--insecure'])).toMatchObject({
    exit: 0,
    stdout: '[]\n',
  });
});

describe('the answer to an order is lost', () => {
  /** An Engine that carries out `POST /clone`, or not, and hangs up; a clone has this user. */
  async function lossy({ isDone = true, user = 'alice' } = {}) {
    const lines: string[] = [];
    const url = await serve((request, response) => {
      lines.push(`${request.method} ${request.url}`);
      if (request.method === 'POST') return void request.socket.destroy();
      if (!isDone) return refuse(response, 404, 'Requested object does not exist. Specify your request.');
      const clone = { id: 'c1', branch: 'main', status: { code: 'OK' }, db: { username: user } };
      response.end(JSON.stringify(clone));
    });
    const { dblab } = await commandEngine();
    const create = async (argv = words(CREATE)) => {
      const told = await dblab([...argv, '--url', url]);
      expect(lines.filter((line) => line.startsWith('POST'))).toHaveLength(1);
      return { ...told, lines: lines.splice(0) };
    };
    return { create };
  }

  test('the clone is there: it goes on', async () => {
    const { create } = await lossy();
    const { exit, stdout, stderr, lines } = await create();
    expect({ exit, lines }).toEqual({ exit: 0, lines: ['POST /clone', 'GET /clone/c1', 'GET /clone/c1'] });
    expect(stdout).toMatch(/^ID: +c1\n/);
    expect(stderr).toMatch(/^The answer to the order was lost, but clone c1 is there/);
  });

  test('the clone is not there', async () => {
    const { create } = await lossy({ isDone: false });
    const { exit, stderr } = await create();
    expect(exit).toBe(1);
    expect(stderr).toMatch(
      /closed the connection .*There is no clone c1 so far: look again before ordering it again/,
    );
  });

  test('another clone is there', async () => {
    const { create } = await lossy({ user: 'bob' });
    const { exit, stdout, stderr } = await create();
    expect({ exit, stdout }).toEqual({ exit: 1, stdout: '' });
    expect(stderr).toMatch(/There is a clone c1, but of another user/);
  });

  test('the Engine would have made up its id', async () => {
    const { create } = await lossy();
    const { exit, stderr } = await create(words('clone create --username alice'));
    expect(exit).toBe(1);
    expect(stderr).toMatch(/The clone may have been created all the same: "dblab clone list"/);
  });

  test('and the Engine says nothing more', async () => {
    const { dblab, engine } = await commandEngine();
    engine.faults.answers = 'hang';
    const { exit, stderr } = await dblab([...words(CREATE), '--request-timeout', '500ms']);
    expect(exit).toBe(1);
    expect(stderr).toMatch(
      /did not answer POST \/clone within 0\.5 s.*Clone c1 may have been created all the same/,
    );
  });
});

describe('while a clone is made', () => {
  /** An Engine whose clone stays as it is, until `next` says what it answers to a look. */
  async function stuck(look: (response: ServerResponse) => void = creating) {
    const url = await serve((request, response) => {
      if (request.method !== 'POST') return look(response);
      response.statusCode = 201;
      creating(response);
    });
    const { dblab } = await commandEngine();
    return (argv: string, signal = new AbortController().signal) =>
      dblab([...words(argv), '--url', url], { signal });
  }
  const creating = (response: ServerResponse) =>
    void response.end('{"id":"c1","status":{"code":"CREATING"}}');

  test('patience has an end, and a password that was made is not lost', async () => {
    const dblab = await stuck();
    const { exit, stdout, stderr } = await dblab('clone create --username alice --request-timeout 1100ms');
    expect(exit).toBe(1);
    expect(stdout).toMatch(/^ID: +c1\n[\s\S]*^Password: +[\w-]{32} /m);
    expect(stderr).toMatch(
      /^Clone c1 is not ready after 1\.1 s\. .*"dblab clone status c1" shows when it is ready/,
    );
  });

  test('an interruption leaves it, and says how to go on', async () => {
    const stop = new AbortController();
    const dblab = await stuck((response) => {
      creating(response);
      stop.abort();
    });
    const { exit, stdout, stderr } = await dblab(CREATE, stop.signal);
    expect({ exit, stdout }).toEqual({ exit: 1, stdout: '' });
    expect(stderr).toMatch(
      /^Interrupted\. The Engine goes on making it: "dblab clone status c1" shows .*"dblab clone destroy c1" removes it\.\n$/,
    );
  });

  test('an Engine that is away for a while is waited for', async () => {
    const answers = [
      (response: ServerResponse) => void response.destroy(),
      creating,
      (response: ServerResponse) => void response.end('{"id":"c1","branch":"main","status":{"code":"OK"}}'),
    ];
    const dblab = await stuck((response) => answers.shift()?.(response));
    expect(await dblab(CREATE)).toMatchObject({ exit: 0, stderr: '' });
    expect(answers).toEqual([]);
  });

  test('somebody destroys it', async () => {
    const dblab = await stuck((response) => refuse(response, 404, 'Requested object does not exist.'));
    expect(await dblab(CREATE)).toMatchObject({
      exit: 1,
      stderr: 'Clone c1 was destroyed while it was being made.\n',
    });
  });
});

test.each([
  ['reset', /^Clone c1 could not be reset, the Engine says FATAL: postgres fatal error\./],
  ['destroy', /^Clone c1 could not be destroyed, the Engine says FATAL: postgres fatal error\./],
])('%s ends FATAL', async (verb, said) => {
  const url = await serve((request, response) => {
    const clone = { id: 'c1', status: { code: 'FATAL', message: 'postgres fatal error' } };
    response.end(request.method === 'GET' ? JSON.stringify(clone) : '');
  });
  const { dblab } = await commandEngine();
  const { exit, stderr } = await dblab(['clone', verb, 'c1', '--url', url]);
  expect(exit).toBe(1);
  expect(stderr).toMatch(said);
});

function refuse(response: ServerResponse, status: number, message: string): void {
  response.writeHead(status, { 'Content-Type': 'application/json' });
  response.end(JSON.stringify({ code: status === 404 ? 'NOT_FOUND' : 'BAD_REQUEST', message }));
}

function serve(listener: RequestListener): Promise<string> {
  return listen(http.createServer(listener));
}

async function listen(server: http.Server): Promise<string> {
  server.listen(0, '127.0.0.1');
  onTestFinished(() => void server.close().closeAllConnections());
  await once(server, 'listening');
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}
