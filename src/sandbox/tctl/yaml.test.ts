import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parse, stringify } from 'yaml';
import { yamlDocument } from './yaml.ts';

const like = { version: '1.1', sortMapEntries: true, lineWidth: 80, indentSeq: false } as const;

describe('a document as tctl prints it', () => {
  it.each([
    { a: 'word', b: 'true', c: true, d: '', e: 7, f: '7', g: {}, h: { i: { j: 'x' } } },
    { uri: '127.0.0.1:6000', id: '2eef7e04-741a-45a6-90da-1f74d62b9184', k: 'teleport.dev/origin' },
    { yes: 'a', b: 'no' },
    { a: 'two words', b: 'x' },
    { a: ['one', 'two'], b: 'x' },
    { a: '010', b: '1e3', c: '2030-01-01', d: '1:30' },
    { a: '-----BEGIN-----\nline\n', b: 'x' },
  ])('%j is the same as from the general writer', (document) => {
    expect(yamlDocument(document)).toBe(stringify(document, like));
  });

  it('is read back as what it was', () => {
    const word = fc.oneof(fc.string(), fc.stringMatching(/^[\w.:/@+-]{1,12}$/));
    const value = fc.oneof(word, fc.boolean(), fc.nat(), fc.dictionary(word, word));
    fc.assert(
      fc.property(fc.dictionary(word, value, { minKeys: 1 }), (document) => {
        // A merge key and a prototype are no keys that Teleport lets pass.
        fc.pre(!['<<', '__proto__'].some((key) => JSON.stringify(document).includes(key)));
        expect(parse(yamlDocument(document), { version: '1.1' })).toEqual(document);
      }),
    );
  });
});
