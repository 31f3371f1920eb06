import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { type Edit, editYaml } from './edit.ts';
import { YamlError } from './error.ts';

interface Case {
  readonly name: string;
  readonly before: string;
  readonly edits: readonly Edit[];
  readonly after: string;
}

const CASES: readonly Case[] = [
  {
    name: 'adds a key after its siblings, before what stands beneath them',
    before: 'a:\n  b: 1 # one\n  # two is missing\n\nc: 3\n',
    edits: [{ path: ['a', 'd'], value: 'x y' }],
    after: 'a:\n  b: 1 # one\n  d: "x y"\n  # two is missing\n\nc: 3\n',
  },
  {
    name: 'replaces a value in place, its comment and its neighbours untouched',
    before: "a:   'off'   # was off\nb: &x  {k:  1}\n",
    edits: [{ path: ['a'], value: 'on' }],
    after: 'a:   "on"   # was off\nb: &x  {k:  1}\n',
  },
  {
    name: 'makes the maps on the way, at the end of a file without a last newline',
    before: 'a: 1',
    edits: [{ path: ['b', 'c', 'd'], value: true }],
    after: 'a: 1\nb:\n  c:\n    d: true',
  },
  {
    name: 'edits the definition of an anchor that is merged, not the place that uses it',
    before: 'base: &base\n  configs:\n    x: 1\njob:\n  <<: *base\n  other: 2\n',
    edits: [{ path: ['job', 'configs', 'ssl'], value: 'on' }],
    after: 'base: &base\n  configs:\n    x: 1\n    ssl: "on"\njob:\n  <<: *base\n  other: 2\n',
  },
  {
    name: 'prefers a key of the map itself to a merged one',
    before: 'base: &base\n  configs:\n    x: 1\njob:\n  <<: *base\n  configs:\n    y: 2\n',
    edits: [{ path: ['job', 'configs', 'ssl'], value: 'on' }],
    after: 'base: &base\n  configs:\n    x: 1\njob:\n  <<: *base\n  configs:\n    y: 2\n    ssl: "on"\n',
  },
  {
    name: 'follows one of several merged maps',
    before: 'a: &a\n  k: 1\nb: &b\n  configs: {x: 1}\njob:\n  <<: [*a, *b]\n',
    edits: [{ path: ['job', 'configs', 'z'], value: 2 }],
    after: 'a: &a\n  k: 1\nb: &b\n  configs: {x: 1, z: 2}\njob:\n  <<: [*a, *b]\n',
  },
  {
    name: 'takes the tag that yaml.v3 writes before a merge key',
    before: 'base: &base\n    configs:\n        x: "1"\njob:\n    !!merge <<: *base\n    y: 2\n',
    edits: [{ path: ['job', 'configs', 'ssl'], value: 'on' }],
    after:
      'base: &base\n    configs:\n        x: "1"\n        ssl: "on"\njob:\n    !!merge <<: *base\n    y: 2\n',
  },
  {
    name: 'adds an item to a list in the style of its items',
    before: 'hooks:\n- url: a # first\n  secret: s\nlast: 1\n',
    edits: [{ path: ['hooks'], append: { url: 'http://b', trigger: ['x', 'z'] } }],
    after: 'hooks:\n- url: a # first\n  secret: s\n- url: "http://b"\n  trigger: [x, z]\nlast: 1\n',
  },
  {
    name: 'adds an item to an indented list that ends the file',
    before: 'r:\n    - labels:\n        a: "1"\n',
    edits: [{ path: ['r'], append: { labels: { b: 'true' } } }],
    after: 'r:\n    - labels:\n        a: "1"\n    - labels:\n        b: "true"\n',
  },
  {
    name: 'adds within brackets and braces',
    before: 'a: [x, y] # list\nb: {k: 1, m: {n: 2}}\n',
    edits: [
      { path: ['a'], append: 'z' },
      { path: ['b', 'm', 'o'], value: 3 },
      { path: ['b', 'p', 'q'], value: 4 },
    ],
    after: 'a: [x, y, z] # list\nb: {k: 1, m: {n: 2, o: 3}, p: {q: 4}}\n',
  },
  {
    name: 'fills a key without a value, be it empty, null or empty braces',
    before: 'a:\nb: null # later\nc: {}\nd: []  # none\ne: &anchor\nz: 1\n',
    edits: [
      { path: ['a', 'k'], value: 1 },
      { path: ['b', 'k'], value: 2 },
      { path: ['c', 'k'], value: 3 },
      { path: ['d'], append: { k: 4 } },
      { path: ['e', 'k'], value: 5 },
    ],
    after: 'a:\n  k: 1\nb:  # later\n  k: 2\nc:\n  k: 3\nd:   # none\n  - k: 4\ne: &anchor\n  k: 5\nz: 1\n',
  },
  {
    name: 'makes a list where there is none',
    before: 'webhooks:\n  other: 1\n',
    edits: [{ path: ['webhooks', 'hooks'], append: { url: 'u' } }],
    after: 'webhooks:\n  other: 1\n  hooks:\n    - url: u\n',
  },
  {
    name: 'keeps the line ends of the file',
    before: 'a:\r\n  b: 1\r\nc: 2\r\n',
    edits: [{ path: ['a', 'd'], value: 2 }],
    after: 'a:\r\n  b: 1\r\n  d: 2\r\nc: 2\r\n',
  },
  {
    name: 'keeps a byte order mark',
    before: '\ufeffa: 1\n',
    edits: [{ path: ['b'], value: 2 }],
    after: '\ufeffa: 1\nb: 2\n',
  },
  {
    name: 'writes after a text of several lines',
    before: 'a: |\n  one\n  two\nb: 1\n',
    edits: [{ path: ['c'], value: 2 }],
    after: 'a: |\n  one\n  two\nb: 1\nc: 2\n',
  },
  {
    name: 'writes after a map that ends with a text of several lines, before blank ones',
    before: 'm:\n  a: |\n    one\n\nb: 1\n',
    edits: [{ path: ['m', 'c'], value: 2 }],
    after: 'm:\n  a: |\n    one\n  c: 2\n\nb: 1\n',
  },
  {
    name: 'edits an item of a list',
    before: 'hooks:\n  - {url: a, secret: b}\n  - url: c # here\n    trigger:\n      - x\n',
    edits: [
      { path: ['hooks', 0, 'url'], value: 'http://x' },
      { path: ['hooks', 1, 'url'], value: 'd' },
      { path: ['hooks', 1, 'trigger'], append: 'z' },
    ],
    after:
      'hooks:\n  - {url: "http://x", secret: b}\n  - url: d # here\n    trigger:\n      - x\n      - z\n',
  },
  {
    name: 'fills a file of comments',
    before: '# nothing yet\n',
    edits: [{ path: ['a', 'b'], value: 1 }],
    after: '# nothing yet\na:\n  b: 1\n',
  },
];

describe('editYaml', () => {
  it.each(CASES)('$name', ({ before, edits, after }) => {
    expect(editYaml(before, edits)).toBe(after);
    expect(editYaml(after, edits), 'a second time').toBe(after);
  });

  it('quotes what YAML 1.1 or 1.2 would read as something else', () => {
    const values = [
      'on',
      'yes',
      'NO',
      'null',
      '~',
      '0600',
      '1e3',
      'a: b',
      '# c',
      '',
      'true',
      'plain',
      "it's",
      '*x',
      '&y',
      '- z',
    ];
    const text = values.reduce(
      (before, value, index) => editYaml(before, [{ path: [`k${index}`], value }]),
      'z: 1\n',
    );
    for (const version of ['1.1', '1.2'] as const) {
      expect(Object.values(parse(text, { version })).slice(1)).toEqual(values);
    }
  });

  it.each([
    ['what is no YAML', 'a: [1\nb: }', [{ path: ['b'], value: 1 }], /not YAML: .* in line \d/],
    ['several documents', 'a: 1\n---\nb: 2\n', [{ path: ['a'], value: 2 }], /several documents \(line 2\)/],
    [
      'a key that is there twice',
      'a:\n  b: 1\na:\n  c: 2\n',
      [{ path: ['a', 'd'], value: 2 }],
      /a is there twice/,
    ],
    ['a path through a text', 'a: text\n', [{ path: ['a', 'b'], value: 2 }], /at a: a map is needed/],
    ['a list where a value is wanted', 'a: [1]\n', [{ path: ['a'], value: 2 }], /at a: a single value/],
    ['an item that is not there', 'a: [1]\n', [{ path: ['a', 3, 'b'], value: 2 }], /no such item/],
    [
      'a huge document',
      `a: ${'x'.repeat(5 * 1024 * 1024)}`,
      [{ path: ['b'], value: 2 }],
      /larger than 4 MiB/,
    ],
  ] as const)('refuses %s and says where', (_name, before, edits, message) => {
    expect(() => editYaml(before, edits)).toThrow(YamlError);
    expect(() => editYaml(before, edits)).toThrow(message);
  });

  const key = fc.constantFrom('a', 'b', 'c-d', 'e_f');
  const leaf = fc.oneof(fc.constantFrom('on', 'x y', 'plain', 'http://h:1/p'), fc.integer(), fc.boolean());
  const tree = fc.letrec((tie) => ({
    node: fc.oneof(
      { maxDepth: 4 },
      leaf,
      fc.array(tie('node'), { maxLength: 3 }),
      fc.dictionary(key, tie('node'), { maxKeys: 3 }),
    ),
  })).node;
  const document = fc.dictionary(key, tree, { minKeys: 1, maxKeys: 4 });
  const style = fc.record({ indent: fc.constantFrom(2, 4), indentSeq: fc.boolean(), flow: fc.boolean() });
  const path = fc.array(key, { minLength: 1, maxLength: 3 });

  it('makes any edit or refuses, once and for all, and takes no line away that is not its own', async () => {
    const { Document, visit } = await import('yaml');
    fc.assert(
      fc.property(document, style, path, leaf, (value, { indent, indentSeq, flow }, where, put) => {
        const made = new Document(value);
        if (flow) visit(made, { Collection: (place, node) => inBraces(node, place !== null) });
        const before = `# head\n${made.toString({ indent, indentSeq })}# tail\n`;
        let after: string;
        try {
          after = editYaml(before, [{ path: where, value: put }]);
        } catch (error) {
          if (error instanceof YamlError) return;
          throw error;
        }
        let found: unknown = parse(after);
        for (const step of where) found = Object(found)[step];
        expect(String(found)).toBe(String(put));
        expect(editYaml(after, [{ path: where, value: put }])).toBe(after);
        const kept = after.split('\n');
        const lost = before.split('\n').filter((line) => !take(kept, line));
        expect(lost.length).toBeLessThanOrEqual(1);
      }),
      { numRuns: 500 },
    );
  });

  it('never fails otherwise, whatever it is given', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: fc.constantFrom(...'a:b -\n{}[]#&*|>"\'<,!?%@`\t\r'.split('')), maxLength: 60 }),
        (text) => {
          try {
            editYaml(text, [{ path: ['a', 'b'], value: 'x' }]);
          } catch (error) {
            expect(error).toBeInstanceOf(YamlError);
          }
        },
      ),
      { numRuns: 2000 },
    );
  });
});

/** Some collections, but not the document itself. */
function inBraces(node: { items: unknown[]; flow?: boolean }, isInner: boolean): void {
  node.flow = isInner && node.items.length % 2 === 1;
}

/** Takes the first such line away; false where there is none. */
function take(lines: string[], line: string): boolean {
  const index = lines.indexOf(line);
  if (index !== -1) lines.splice(index, 1);
  return index !== -1;
}
