import { describe, expect, it } from 'vitest';
import { documentsIn } from './documents.ts';

describe('documents on the input of tctl create', () => {
  it.each([
    ['one', 'kind: db\n', [{ kind: 'db' }]],
    [
      'several, parted by ---',
      '---\na: 1\n---\n---\n# nothing\n---  \nb: 2\n--- # said\nc: 3',
      [{ a: 1 }, { b: 2 }, { c: 3 }],
    ],
    ['none', ' \n# only a word\n---\n', []],
    ['JSON in YAML', '---\n{"a": "x\\ny"}\n---\n{"b": 2}\n', [{ a: 'x\ny' }, { b: 2 }]],
    ['JSON side by side', '{"a": "}{"}\n{"b": {"c": 1}}', [{ a: '}{' }, { b: { c: 1 } }]],
    [
      'an unquoted time',
      'expires: 2030-01-01T00:00:00Z\nat: 10:20\n',
      [{ expires: '2030-01-01T00:00:00Z', at: '10:20' }],
    ],
    ['YAML 1.1', 'a: yes\nb: "yes"\nc: 010\n', [{ a: true, b: 'yes', c: 8 }]],
  ])('%s', (_, input, wants) => {
    expect([...documentsIn(input)]).toEqual(wants);
  });

  it.each([
    ['JSON that breaks off', '{"a": ', 'unexpected EOF'],
    [
      '--- behind JSON',
      '{"a": 1}\n---\n{"b": 2}',
      "json: offset 11: invalid character '-' in numeric literal",
    ],
    ['YAML that breaks off', 'a: [', 'error converting YAML to JSON: yaml: '],
    ['words behind a separator', 'a: 1\n--- b: 2\n', 'invalid Yaml document separator: b: 2'],
    ['a control character', 'a: "\u0007"', 'yaml: control characters are not allowed'],
    ['half a character', 'a: "\\ud83d"', 'yaml: found invalid Unicode character escape code'],
  ])('refuses %s', (_, input, text) => {
    expect(() => [...documentsIn(input)]).toThrowError(
      expect.objectContaining({ code: 'invalid', message: expect.stringContaining(text) }),
    );
  });

  it('takes a backslash for a backslash', () => {
    expect([...documentsIn('a: "\\\\ud83d"')]).toEqual([{ a: '\\ud83d' }]);
  });

  it('hands out the documents before the broken one', () => {
    const taken: unknown[] = [];
    expect(() => {
      for (const document of documentsIn('a: 1\n---\nb: 2\n---\nc: [\n')) taken.push(document);
    }).toThrow('yaml');
    expect(taken).toEqual([{ a: 1 }, { b: 2 }]);
  });
});
