import { inspect } from 'node:util';
import { describe, expect, test } from 'vitest';
import type { Sources } from './read.ts';
import { parseServeConfig, type ServeConfig } from './serve.ts';
import { serveOptions } from './serve-options.ts';

type Flags = Sources['flags'];
type Env = Sources['env'];

const needed: Env = {
  DBLAB_TELEPORT_ENVIRONMENT_ID: 'prod',
  DBLAB_TELEPORT_PROXY: 'teleport.example.com:443',
  DBLAB_TELEPORT_IDENTITY: '/etc/dblab/identity',
  DBLAB_TOKEN: 'engine-token',
  WEBHOOK_SECRET: 'hook-secret',
};

function parse(flags: Flags = {}, env: Env = needed, files: Record<string, string> = {}) {
  return parseServeConfig({
    flags,
    env,
    readFile(path) {
      const text = files[path];
      if (text === undefined) throw new Error('no such file');
      return text;
    },
  });
}

function config(flags: Flags = {}, env: Env = {}, files: Record<string, string> = {}): ServeConfig {
  const parsed = parse(flags, { ...needed, ...env }, files);
  if (!parsed.ok) throw new Error(parsed.problems.join('\n'));
  return parsed.config;
}

function problems(flags: Flags = {}, env: Env = {}, files: Record<string, string> = {}): readonly string[] {
  const parsed = parse(flags, { ...needed, ...env }, files);
  return parsed.ok ? [] : parsed.problems;
}

test('what the guide demands is enough, and the rest has the documented defaults', () => {
  const { dblabToken, webhookSecrets, ...rest } = config();
  expect(dblabToken.reveal()).toBe('engine-token');
  expect(webhookSecrets.map((secret) => secret.reveal())).toEqual(['hook-secret']);
  expect(rest).toEqual({
    environmentId: 'prod',
    proxy: 'teleport.example.com:443',
    identityFile: '/etc/dblab/identity',
    caFile: undefined,
    transport: 'auto',
    tctlPath: 'tctl',
    dblabUrl: 'http://localhost:2345',
    listen: { host: 'localhost', port: 9876 },
    tls: undefined,
    status: { address: { host: 'localhost', port: 9877 }, given: false },
    labels: {},
    userLabel: 'database',
    cloneHost: '127.0.0.1',
    app: { uri: 'http://localhost:2345', insecureSkipVerify: false },
    leaseMs: undefined,
    reconcileIntervalMs: undefined,
    pollIntervalMs: 15_000,
    once: false,
    dryRun: false,
    logLevel: 'info',
    logFormat: 'auto',
    warnings: [],
  });
});

test('the result cannot be changed', () => {
  const made = config({ label: ['team=a'] });
  for (const part of [made, made.labels, made.app, made.status]) expect(Object.isFrozen(part)).toBe(true);
});

describe('every problem is named, all at once', () => {
  test('nothing given: each missing option with its flag and its variable', () => {
    const parsed = parse({}, {});
    const required = Object.values(serveOptions).filter((option) => 'required' in option);
    expect(parsed.ok ? [] : parsed.problems).toEqual(
      required.map(({ flag, env }) => expect.stringMatching(new RegExp(`--${flag} is missing.*${env}`))),
    );
  });

  test('bad values of every kind', () => {
    const found = problems({
      'environment-id': 'a/b',
      'poll-interval': '0s',
      'listen-addr': 'nine',
      'log-level': 'loud',
    });
    expect(found).toHaveLength(4);
  });
});

test.each<[string, Flags, Env, RegExp]>([
  ['an id with a slash', { 'environment-id': 'a/b' }, {}, /^--environment-id "a\/b": it may hold/],
  ['a long id', { 'environment-id': 'a'.repeat(101) }, {}, /longer than 100/],
  [
    'a variable is named as the place',
    {},
    { DBLAB_TELEPORT_ENVIRONMENT_ID: 'a b' },
    /^DBLAB_TELEPORT_ENVIRONMENT_ID "a b"/,
  ],
  ['an empty flag', { 'environment-id': '' }, {}, /^--environment-id is given an empty value/],
  ['a proxy with a path', { 'teleport-proxy': 'https://t.example.com/web' }, {}, /HOST:PORT, such as/],
  ['a proxy over http', { 'teleport-proxy': 'http://t.example.com' }, {}, /HOST:PORT, such as/],
  ['a proxy without a host', { 'teleport-proxy': ':443' }, {}, /HOST:PORT, such as/],
  ['an engine without a scheme', { 'dblab-url': 'localhost:2345' }, {}, /a URL such as/],
  ['an engine over another protocol', { 'dblab-url': 'ftp://x' }, {}, /a URL such as/],
  ['an engine with credentials', { 'dblab-url': 'http://u:p@x' }, {}, /user name or a password/],
  ['an engine with a query', { 'dblab-url': 'http://x/?a=1' }, {}, /before any \?/],
  ['an app address', { 'app-uri': 'x' }, {}, /^--app-uri "x"/],
  ['an app that is not wanted', { 'app-uri': 'http://x', 'no-app': true }, {}, /contradict/],
  ['a listen address', { 'listen-addr': 'localhost' }, {}, /HOST:PORT, :PORT/],
  ['a status address', { 'status-addr': 'x:99999' }, {}, /port must be/],
  ['a duration without a unit', { 'poll-interval': '15' }, {}, /needs a unit/],
  ['a negative duration', { 'reconcile-interval': '-5m' }, {}, /negative/],
  ['a duration of two days', { 'reconcile-interval': '48h' }, {}, /at most 24h/],
  ['a clone host with a port', { 'clone-host': 'db:5432' }, {}, /without a port/],
  ['a user label', { 'dblab-user-label': 'me' }, {}, /one of database, owner/],
  ['a log format', {}, { DBLAB_TELEPORT_LOG_FORMAT: 'xml' }, /one of auto, json, pretty/],
  ['a switch in the environment', {}, { DBLAB_TELEPORT_ONCE: 'maybe' }, /true or false/],
  ['a label without a value', { label: ['team='] }, {}, /label "team=": its value is empty/],
  ['a label without a key', { label: ['=x'] }, {}, /its key may hold/],
  ['a label that is none', { label: ['team'] }, {}, /KEY=VALUE/],
  ['a label given twice', { label: ['a=1', 'a=2'] }, {}, /"a" is given more than once/],
  ['a label with a control character', { label: ['a=x\u001b[2J'] }, {}, /control character/],
  ['an endless label', { label: [`a=${'x'.repeat(1001)}`] }, {}, /longer than 1000/],
  [
    "a label of dblab's own",
    {},
    { TELEPORT_LABELS: 'a=1,dblab_user=me' },
    /^TELEPORT_LABELS: label "dblab_user=me": this key is written by dblab/,
  ],
  ["a label of Teleport's", { label: ['teleport.dev/origin=x'] }, {}, /belong to Teleport/],
  ['a token with a line break', {}, { DBLAB_TOKEN: 'to\nken' }, /^DBLAB_TOKEN: it may hold printable ASCII/],
  [
    'a secret with a control character',
    { 'webhook-secret': ['hook\u0007'] },
    {},
    /^--webhook-secret: it holds a control character/,
  ],
  ['a token twice', { 'dblab-token': 'x', 'dblab-token-file': '/f' }, {}, /both given: keep one/],
  ['a token twice in the environment', {}, { DBLAB_TELEPORT_DBLAB_TOKEN_FILE: '/f' }, /both given: keep one/],
  [
    'a file that is not there',
    { 'dblab-token-file': '/none' },
    {},
    /^--dblab-token-file \(\/none\) cannot be read: no such file/,
  ],
])('refused: %s', (_, flags, env, message) => {
  expect(problems(flags, env)).toEqual([expect.stringMatching(message)]);
});

test('refused: a file of blank lines, and two lines where one token is expected', () => {
  const files = { '/blank': '\n \n', '/two': 'token-one\ntoken-two\n' };
  expect(problems({ 'webhook-secret-file': '/blank' }, {}, files)).toEqual([
    expect.stringMatching(/blank lines/),
  ]);
  expect(problems({ 'dblab-token-file': '/two' }, {}, files)).toEqual([
    expect.stringMatching(/holds 2 lines/),
  ]);
});

describe('precedence', () => {
  test('the flag wins over the environment, and that over the default', () => {
    expect(config({ 'tctl-path': '/a' }, { DBLAB_TELEPORT_TCTL_PATH: '/b' }).tctlPath).toBe('/a');
    expect(config({}, { DBLAB_TELEPORT_TCTL_PATH: '/b' }).tctlPath).toBe('/b');
    expect(config({}, { DBLAB_TELEPORT_TCTL_PATH: '' }).tctlPath).toBe('tctl');
  });

  test('the file flag wins over the variable that holds the value', () => {
    const made = config({ 'dblab-token-file': '/f' }, {}, { '/f': 'from-file\n' });
    expect(made.dblabToken.reveal()).toBe('from-file');
  });

  test('the file can be named in the environment', () => {
    const env = { WEBHOOK_SECRET: '', DBLAB_TELEPORT_WEBHOOK_SECRET_FILE: '/f' };
    const secrets = config({}, env, { '/f': '#old \r\n\r\n new\n' }).webhookSecrets;
    expect(secrets.map((secret) => secret.reveal())).toEqual(['#old', 'new']);
  });

  test('a status address that is given is told from the default one', () => {
    expect(config({}, { DBLAB_TELEPORT_STATUS_ADDR: 'localhost:9877' }).status.given).toBe(true);
  });

  test('a switch can be turned off again in the environment only', () => {
    expect(config({}, { DBLAB_TELEPORT_ONCE: 'false', DBLAB_TELEPORT_DRY_RUN: '1' })).toMatchObject({
      once: false,
      dryRun: true,
    });
  });
});

test.each([
  ['teleport.example.com', 'teleport.example.com:443'],
  ['https://teleport.example.com:3080/', 'teleport.example.com:3080'],
  ['10.0.0.1:3025', '10.0.0.1:3025'],
  ['::1', '[::1]:443'],
  ['[::1]:3080', '[::1]:3080'],
])('the proxy %s becomes %s', (typed, proxy) => {
  expect(config({ 'teleport-proxy': typed }).proxy).toBe(proxy);
});

test("the Engine's address keeps its spelling and its path, without slashes at the end", () => {
  expect(config({ 'dblab-url': 'HTTP://Engine:2346/api/' }).dblabUrl).toBe('HTTP://Engine:2346/api');
});

test('the app is the Engine unless told otherwise, and only https can be unverified', () => {
  expect(config({ 'dblab-url': 'https://e' }).app).toEqual({ uri: 'https://e', insecureSkipVerify: true });
  expect(config({ 'app-uri': 'http://10.0.0.9' }).app).toEqual({
    uri: 'http://10.0.0.9',
    insecureSkipVerify: false,
  });
  expect(config({ 'no-app': true }).app).toBeUndefined();
});

test('labels come from the flag or from the variable, and may name the environment anew', () => {
  const typed = ['environment=eu', 'team=a=b, c', '__proto__=x'];
  expect(config({ label: typed }, { TELEPORT_LABELS: 'ignored=1' }).labels).toEqual(
    Object.fromEntries([
      ['environment', 'eu'],
      ['team', 'a=b, c'],
      ['__proto__', 'x'],
    ]),
  );
  expect(config({}, { TELEPORT_LABELS: 'team=a, tier=db,' }).labels).toEqual({ team: 'a', tier: 'db' });
});

test('an IPv6 clone host may wear brackets', () => {
  expect(config({ 'clone-host': '[fd00::1]' }).cloneHost).toBe('fd00::1');
});

test('a secret given as an argument works and is warned about', () => {
  const made = config({ 'dblab-token': 'from-argv', 'webhook-secret': ['one', 'two'] });
  expect(made.dblabToken.reveal()).toBe('from-argv');
  expect(made.webhookSecrets).toHaveLength(2);
  expect(made.warnings).toEqual([
    expect.stringMatching(/--dblab-token is given as an argument.*DBLAB_TOKEN/),
    expect.stringMatching(/--webhook-secret is given as an argument.*WEBHOOK_SECRET/),
  ]);
});

test('no secret shows in a problem, a warning or a printed configuration', () => {
  const hidden = 'very-hidden';
  const flags = {
    'dblab-token': `${hidden}\u0001`,
    'webhook-secret': [hidden, `${hidden}\u0002`],
    'poll-interval': 'x',
  };
  const texts = [
    problems(flags).join(),
    problems({ 'dblab-token-file': '/f' }, {}, { '/f': `${hidden}\n${hidden}` }).join(),
    JSON.stringify(config({ 'dblab-token': hidden, 'webhook-secret': [hidden] })),
    inspect(config({ 'dblab-token': hidden, 'webhook-secret': [hidden] }), { depth: 9 }),
  ];
  for (const text of texts) {
    expect(text.length).toBeGreaterThan(20);
    expect(text).not.toContain(hidden);
  }
});

test('every flag and every variable is used once', () => {
  const options = Object.values(serveOptions);
  expect(new Set(options.map(({ flag }) => flag)).size).toBe(options.length);
  expect(new Set(options.map(({ env }) => env)).size).toBe(options.length);
});

test('a certificate and its key are given together or not at all', () => {
  expect(config({ 'tls-cert': '/c.pem', 'tls-key': '/k.pem' }).tls).toEqual({
    cert: '/c.pem',
    key: '/k.pem',
  });
  const both = expect.stringContaining('--tls-cert and --tls-key belong together');
  expect(problems({ 'tls-cert': '/c.pem' })).toEqual([both]);
  expect(problems({}, { DBLAB_TELEPORT_TLS_KEY: '/k.pem' })).toEqual([both]);
});
