import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { readEvent } from './event.ts';

function read(body: unknown) {
  return readEvent(Buffer.from(typeof body === 'string' ? body : JSON.stringify(body)));
}

const create = { event_type: 'clone_create', entity_id: 'test-clone' };

describe('a hint', () => {
  test.each([
    ['clone_create', 'create'],
    ['clone_delete', 'delete'],
    ['clone_reset', 'reset'],
  ])('%s', (type, event) => {
    const sent = {
      event_type: type,
      entity_id: 'c1',
      host: 'localhost',
      port: 6000,
      username: 'u',
      dbname: 'd',
    };
    expect(read(sent)).toEqual({ kind: 'hint', event, cloneId: 'c1' });
  });

  test.each([
    ['without a port', create],
    ['with a port that is a text', { ...create, port: '6000' }],
    ['with a port out of range', { ...create, port: -1 }],
    ['with fields we do not know', { ...create, owner_user: 'x', future: { deep: [1] } }],
    ['with spaces around it', `\n ${JSON.stringify(create)} \t\n`],
    ['after a byte order mark', `\ufeff${JSON.stringify(create)}`],
    ['with escapes in it', '{"event_type":"clone\\u005fcreate","entity_id":"test\\u002dclone"}'],
    [
      'whose id is given twice: the last one',
      '{"event_type":"clone_create","entity_id":"a","entity_id":"test-clone"}',
    ],
    [
      'with a poisoned prototype',
      '{"__proto__":{"entity_id":"evil"},"event_type":"clone_create","entity_id":"test-clone"}',
    ],
  ])('%s', (_, body) => {
    expect(read(body)).toEqual({ kind: 'hint', event: 'create', cloneId: 'test-clone' });
  });

  test.each(['a', '0a', 'a_b.c-', 'x'.repeat(255), 'späß', '../x', 'a b', '"', '{{x}}'])(
    'id %j is passed on as it is',
    (id) => {
      expect(read({ ...create, entity_id: id })).toMatchObject({ kind: 'hint', cloneId: id });
    },
  );
});

describe('ignored', () => {
  test.each<[string, unknown]>([
    ['a snapshot', { event_type: 'snapshot_create', entity_id: 'pool@snapshot_20260401000000' }],
    ['a branch', { event_type: 'branch_delete', entity_id: 'dev' }],
    ['a warning', { event_type: 'clone_protection_expiring', entity_id: 'c1', expires_in_hours: 23 }],
    ['a type of the future', { event_type: 'clone_paused', entity_id: 'c1' }],
    ['another spelling', { event_type: 'CLONE_CREATE', entity_id: 'c1' }],
    ['a type that is no text', { event_type: ['clone_create'], entity_id: 'c1' }],
    ['a type that every object has', { event_type: 'constructor', entity_id: 'c1' }],
    ['no type at all', { entity_id: 'c1' }],
    ['a type that is inherited', '{"__proto__":{"event_type":"clone_create"},"entity_id":"c1"}'],
    ['nothing at all', {}],
  ])('%s', (_, body) => {
    expect(read(body)).toMatchObject({ kind: 'ignored' });
  });
});

test.each([
  [{}, 'There is no event_type.'],
  [{ event_type: 'clone_paused' }, 'This event does not concern the life of a clone.'],
])('what is ignored is told why: %j', (body, reason) => {
  expect(read(body)).toEqual({ kind: 'ignored', reason });
});

describe('refused', () => {
  test.each([
    ['nothing', ''],
    ['a text', 'clone_create'],
    ['null', 'null'],
    ['a list', '[{"event_type":"clone_create","entity_id":"c1"}]'],
    ['a number', '1'],
    ['half a document', '{"event_type":"clone_create"'],
    ['a document and something after it', `${JSON.stringify(create)}x`],
    ['two documents', JSON.stringify(create).repeat(2)],
    ['a form', 'event_type=clone_create&entity_id=c1'],
    ['a hundred thousand brackets', '['.repeat(100_000)],
    ['a hundred thousand levels', `${'{"a":'.repeat(100_000)}1${'}'.repeat(100_000)}x`],
  ])('%s: not a JSON object', (_, body) => {
    expect(read(body)).toEqual({ kind: 'refused', reason: 'The body is not a JSON object.' });
  });

  test('bytes that are not UTF-8', () => {
    expect(readEvent(Buffer.from(JSON.stringify({ ...create, entity_id: 'ä' }), 'latin1'))).toMatchObject({
      kind: 'refused',
    });
  });

  test.each<[string, unknown]>([
    ['missing', undefined],
    ['null', null],
    ['empty', ''],
    ['a number', 1],
    ['an object', { toString: 'c1' }],
    ['too long', 'x'.repeat(256)],
    ['with a line break', 'a\nb'],
    ['with an escape sequence', 'a\u001b[2J'],
    ['with a null byte', 'a\u0000'],
  ])('a known event whose entity_id is %s', (_, id) => {
    expect(read({ ...create, entity_id: id })).toMatchObject({
      kind: 'refused',
      reason: expect.stringMatching(/entity_id/),
    });
  });
});

test('a very deep document does no harm', () => {
  const depth = 200_000;
  const deep = `{"event_type":"clone_create","entity_id":"c1","x":${'['.repeat(depth)}${']'.repeat(depth)}}`;
  expect(read(deep)).toMatchObject({ cloneId: 'c1' });
});

test('no bytes make it throw', () => {
  fc.assert(
    fc.property(
      fc.oneof(
        fc.uint8Array({ maxLength: 500 }),
        fc.json().map((text) => Buffer.from(text)),
      ),
      (bytes) => {
        expect(['hint', 'ignored', 'refused']).toContain(readEvent(bytes).kind);
      },
    ),
  );
});

test('whatever the fields hold, a hint names a clone and a reason repeats nothing', () => {
  const fields = fc.record(
    {
      event_type: fc.oneof(
        fc.constantFrom('clone_create', 'clone_delete', 'clone_reset'),
        fc.jsonValue({ maxDepth: 1 }),
      ),
      entity_id: fc.oneof(fc.string({ unit: 'binary', maxLength: 300 }), fc.jsonValue({ maxDepth: 1 })),
    },
    { requiredKeys: [] },
  );
  fc.assert(
    fc.property(fields, (body) => {
      const event = read(body);
      if (event.kind === 'hint') expect(event.cloneId).toBe(body.entity_id);
      else
        expect(event.reason).toMatch(
          /^(There is no event_type|This event does not|The body is not|The event names no clone)/,
        );
    }),
  );
});
