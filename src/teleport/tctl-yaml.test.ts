import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseAllDocuments, stringify } from 'yaml';
import { readPlainDocument } from './tctl-plain-yaml.ts';
import { readAnyDocument, readDocument, splitDocuments, writeDocuments } from './tctl-yaml.ts';

const readDocuments = (text: string) => splitDocuments(text).map(readDocument);

/** Texts that people and attackers put into labels, and that YAML has a meaning for. */
const hostile = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.string({ unit: fc.constantFrom(...`:#-'"\\ \n\t\r{}[]!&*|>%@,?~=<0123456789abcxyzNYnoE_.+/`) }),
  fc.constantFrom(...'---|--- a|...|true|True|null|~|yes|NO|0o17|0x1f|007|1e5|9007199254740993'.split('|')),
  fc.constantFrom(...'.inf|.nan|1_000|12:30|2026-11-23|2026-11-23T00:00:00Z|!!binary x|&a|*a|<<'.split('|')),
  fc.constantFrom(..."=|a: b|a:|- a|#|a #b|it's|%YAML|\n---\n|\u2028|\u0085|\ufeff|\u007f".split('|')),
);
const key = fc.oneof(
  fc.constantFrom('a', 'teleport.dev/origin', 'clone_id', 'toString', '__proto__', 'null', 'y'),
  hostile,
);
const scalar = fc.oneof(
  hostile,
  fc.boolean(),
  fc.integer(),
  fc.constant(null),
  fc.constant({}),
  fc.constant([]),
);
const labels = fc.dictionary(key, hostile, { maxKeys: 5 });

describe('splitDocuments and readDocument', () => {
  it.each(['', '[]', '[]\n', '\n'])('reads no documents from %j', (text) => {
    expect(readDocuments(text)).toEqual([]);
  });

  it('reads documents between markers, plain or not', () => {
    const text = 'kind: db\nmetadata:\n  name: a\n---\nkind: app\nmetadata: {name: b}\n';
    expect(readDocuments(text)).toEqual([
      { kind: 'db', metadata: { name: 'a' } },
      { kind: 'app', metadata: { name: 'b' } },
    ]);
  });

  it.each(['a: b\n---\nERROR', '- a', 'a: [', 'a: b\n--- c: d'])(
    'refuses what is no list of maps: %j',
    (text) => {
      expect(() => readDocuments(text)).toThrow();
    },
  );

  it('keeps a text that YAML 1.1, which Teleport writes, does not quote', () => {
    expect(readDocuments('a: 0o17\nb: 0x1f\n')).toEqual([{ a: '0o17', b: '0x1f' }]);
  });

  it('reads what the general parser reads from the whole, in every style of writing', () => {
    const style = fc.record({
      defaultStringType: fc.constantFrom('PLAIN', 'QUOTE_DOUBLE', 'QUOTE_SINGLE', 'BLOCK_LITERAL'),
      lineWidth: fc.constantFrom(0, 20, 80),
    } as const);
    fc.assert(
      fc.property(fc.array(labels, { minLength: 1, maxLength: 4 }), style, (all, options) => {
        const documents = all.map((it) => ({ kind: 'db', metadata: { labels: it } }));
        const text = documents.map((it) => stringify(it, options)).join('---\n');
        expect(readDocuments(text)).toEqual(Array.from(parseAllDocuments(text), (it) => it.toJS()));
      }),
    );
  });
});

describe('readPlainDocument', () => {
  it('reads the document of a database as Teleport prints it', () => {
    const text = `kind: db\nmetadata:\n  labels:\n    dblab: "true"\n    teleport.dev/origin: dynamic\n  name: a-6000\n  revision: 2eef7e04-741a-45a6\nspec:\n  ad:\n    domain: ""\n  aws:\n    rds:\n      iam_auth: false\n    redshift: {}\n  tls:\n    mode: 2\n  uri: 127.0.0.1:6000\nversion: v3\n`;
    const document = readPlainDocument(text);
    expect(document).toEqual(readAnyDocument(text));
    expect(document).toMatchObject({
      spec: { aws: { redshift: {} }, tls: { mode: 2 }, uri: '127.0.0.1:6000' },
    });
  });

  it('leaves or reads alike whatever the general parser takes', () => {
    const line = fc
      .tuple(
        fc.constantFrom('', ' ', '  ', '    '),
        key,
        fc.constantFrom(':', ': ', ':  ', ' : '),
        fc.oneof(
          hostile,
          scalar.map((it) => JSON.stringify(it)),
        ),
      )
      .map((parts) => parts.join(''));
    const text = fc.oneof(
      fc.array(line, { minLength: 1, maxLength: 5 }).map((lines) => lines.join('\n')),
      fc.dictionary(key, fc.oneof(scalar, labels), { minKeys: 1 }).map((it) => stringify(it)),
    );
    fc.assert(
      fc.property(text, (it) => {
        const document = readPlainDocument(it);
        if (document !== undefined) expect(document).toEqual(readAnyDocument(it));
      }),
      { numRuns: 1000 },
    );
  });

  it.each([
    'a: b\n c: d',
    'a:\nb: c',
    'a:',
    'a:\n    b: c\n  d: e',
    'a: 1\na: 2',
    ' a: b\nc: d',
    'a:\n- b',
    'null: a',
    'a: b:',
    'a: a:\n  b: c',
    'a: b: c',
    'a: b\n  c',
  ])('leaves %j to the general parser', (text) => {
    expect(readPlainDocument(text)).toBeUndefined();
  });
});

describe('writeDocuments', () => {
  const documents = fc.array(
    fc.record({ kind: fc.constant('db'), metadata: fc.record({ name: hostile, labels }) }),
    { maxLength: 4 },
  );

  it('comes back from a YAML parser as it was', () => {
    fc.assert(
      fc.property(documents, (all) => {
        const parsed = parseAllDocuments(writeDocuments(all));
        expect(Array.from(parsed, (it) => it.toJS())).toEqual(all.map(whole));
      }),
    );
  });

  it('starts no line with a marker but between documents, and holds no character that Teleport refuses', () => {
    fc.assert(
      fc.property(documents, (all) => {
        const text = writeDocuments(all);
        expect(text.split('\n').filter((it) => it.startsWith('---'))).toHaveLength(
          Math.max(0, all.length - 1),
        );
        expect(text).toMatch(
          /^[\n\u0020-\u007e\u00a0-\u2027\u202a-\ufefe\uff00-\ufffd\u{10000}-\u{10ffff}]*$/u,
        );
      }),
    );
  });

  /** Half a character cannot be written in UTF-8: it becomes U+FFFD. */
  function whole(value: unknown): unknown {
    return JSON.parse(
      JSON.stringify(value, (_key, it) =>
        typeof it === 'string' ? it.replace(/\p{Surrogate}/gu, '\ufffd') : it,
      ),
    );
  }
});
