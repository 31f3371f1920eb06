import { describe, expect, test } from 'vitest';
import { type Edit, edited, environmentsIn, REMOVE } from './file-text.ts';

/** As the original writes it. */
const ORIGINAL = `current_environment: demo
environments:
  demo:
    url: http://127.0.0.1:2345
    token: tok
    insecure: false
    request_timeout: 1m0s
    forwarding:
      server_url: ""
      local_port: ""
      identity_file: ""
    branching:
      current_branch: main
settings:
  tz: ""
`;

const BY_HAND = `# engines of the team
environments:
    prod: # ask Ann first
        url: https://dblab.example.com/api
        token: 0123 # a text, though it reads like a number
        insecure: yes
        team: [db, 0x1F]
    bare:
current_environment: prod
editor: 12345678901234567890
`;

describe('reading', () => {
  test('what the original wrote', () => {
    const { current, byId, tz } = environmentsIn(ORIGINAL);
    const demo = byId.get('demo');
    expect({ current, tz, ids: [...byId.keys()] }).toEqual({ current: 'demo', tz: '', ids: ['demo'] });
    expect(demo).toMatchObject({
      url: 'http://127.0.0.1:2345',
      insecure: false,
      requestTimeout: '1m0s',
      forwarding: { serverUrl: '', localPort: '', identityFile: '' },
      currentBranch: 'main',
    });
    expect(demo?.token.reveal()).toBe('tok');
  });

  test('what a person wrote', () => {
    const { byId } = environmentsIn(BY_HAND);
    expect(byId.get('prod')?.token.reveal()).toBe('0123');
    expect(byId.get('prod')?.insecure).toBe(true);
    expect(byId.get('bare')).toMatchObject({ url: '', insecure: false, requestTimeout: '' });
  });

  test.each(['', '# nothing yet\n', '---\n', 'environments:\n'])('nothing: %j', (text) => {
    expect(environmentsIn(text)).toEqual({ current: '', byId: new Map(), tz: '' });
  });

  test('a name that means something to JavaScript', () => {
    const { byId } = environmentsIn(
      'environments: {__proto__: {url: http://x}, constructor: {url: http://y}}',
    );
    expect([...byId.keys()]).toEqual(['constructor']);
  });

  test('anchors and merge keys', () => {
    const { byId } = environmentsIn(
      'environments:\n  a: &a {url: http://a, token: t}\n  b: {<<: *a, url: http://b}\n  c: *a\n',
    );
    expect([...byId.values()].map(({ url }) => url)).toEqual(['http://a', 'http://b', 'http://a']);
    expect(byId.get('b')?.token.reveal()).toBe('t');
  });

  test.each<[string, RegExp]>([
    ['a: "hidden', /^line 1 is not valid YAML \(\w+\)$/],
    ['a: 1\nb: hidden: 2\n', /^line 2 is not valid YAML/],
    ['- hidden', /^the file is not of the kind/],
    ['environments: [hidden]', /^environments is not/],
    ['environments: {a: hidden}', /^environments\.a is not/],
    ['environments: {a: {url: [hidden]}}', /^environments\.a\.url is not/],
    ['environments: {a: {insecure: hidden}}', /^environments\.a\.insecure cannot be used: it must be true/],
    ['environments: {a: {request_timeout: hidden}}', /request_timeout cannot be used: it is not a duration/],
    [
      // Every line multiplies the one before it.
      `a: &a [x]\nb: &b [${'*a,'.repeat(50)}]\nc: &c [${'*b,'.repeat(50)}]\nd: [${'*c,'.repeat(50)}]`,
      /too many of them/,
    ],
    ['environments: {a: {token: *hidden}}', /a \* that names nothing/],
  ])('%j is refused without repeating it', (text, reason) => {
    expect(() => environmentsIn(text)).toThrow(reason);
    expect(() => environmentsIn(text)).not.toThrow(/hidden/);
  });
});

describe('editing', () => {
  const url = (value: Edit['value'], id = 'demo'): Edit => ({ path: ['environments', id, 'url'], value });

  test('changes that and nothing else', () => {
    expect(edited(ORIGINAL, [])).toBe(ORIGINAL);
    expect(edited(ORIGINAL, [url('http://new')])).toBe(
      ORIGINAL.replace('http://127.0.0.1:2345', 'http://new'),
    );
  });

  test('keeps comments, order, and what is not ours, to the letter', () => {
    const after = edited(BY_HAND, [url('http://new', 'prod'), url('http://bare', 'bare')]);
    expect(after.replace(/\s+/g, ' ')).toBe(
      BY_HAND.replace('https://dblab.example.com/api', 'http://new')
        .replace('bare:', 'bare: url: http://bare')
        .replace('[db, 0x1F]', '[ db, 0x1F ]')
        .replace(/\s+/g, ' '),
    );
  });

  test('makes what is not there yet', () => {
    expect(edited('# mine\n', [url('http://x'), { path: ['current_environment'], value: 'demo' }])).toBe(
      '# mine\n\nenvironments:\n  demo:\n    url: http://x\ncurrent_environment: demo\n',
    );
  });

  test('removes', () => {
    const without = edited(ORIGINAL, [{ path: ['environments', 'demo'], value: REMOVE }]);
    expect(environmentsIn(without).byId.size).toBe(0);
    expect(edited(ORIGINAL, [{ path: ['environments', 'none'], value: REMOVE }])).toBe(ORIGINAL);
  });

  test.each([
    'yes',
    'null',
    '~',
    '',
    '123',
    '0x1F',
    '1:20',
    '2001-01-01',
    '-.inf',
    '=',

    'a: b',
    '# no',
    ' ',
  ])('a text stays one for every reader: %j', (value) => {
    const after = edited('', [url(value)]);
    expect(after).toMatch(/url: "/);
    expect(environmentsIn(after).byId.get('demo')?.url).toBe(value);
  });

  test('an id may look like a number', () => {
    const after = edited('environments: {123: {url: http://a}}', [url('http://b', '123')]);
    expect([...environmentsIn(after).byId].map(([id, { url: at }]) => [id, at])).toEqual([
      ['123', 'http://b'],
    ]);
  });

  test('an alias is left to people', () => {
    const text = 'environments:\n  a: &a {url: http://a}\n  demo: *a\n';
    expect(() => edited(text, [url('http://x')])).toThrow(/environments\.demo .* only a person can change/);
  });

  test('what others stand for is not taken away from under them', () => {
    const text = 'environments:\n  a: &a {url: http://a}\n  b: *a\n';
    expect(() => edited(text, [{ path: ['environments', 'a'], value: REMOVE }])).toThrow(
      /a \* that names nothing/,
    );
  });
});
