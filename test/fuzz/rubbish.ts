import fc from 'fast-check';

interface Cut {
  readonly at: number;
  readonly removed: number;
  readonly inserted: string;
}

/** What breaks readers: control characters, signs of each grammar, halves of characters, too much of something. */
const SHARDS = [
  ...[
    '\0',
    '\r\n',
    '\x1b[2J',
    '\ud800',
    '\u202e',
    '"',
    "'",
    '{',
    '}',
    '[',
    ']',
    ':',
    '- ',
    '&a ',
    '*a',
    '<<: *a',
  ],
  ...[
    '---\n',
    '!!binary x',
    '-----END CERTIFICATE-----\n',
    '1e999',
    '-0',
    '9'.repeat(400),
    '__proto__',
    'null',
  ],
  ...['['.repeat(20_000), '{"a":'.repeat(5_000), ' '.repeat(5_000), 'x'.repeat(100_000)],
];

const cut = (length: number): fc.Arbitrary<Cut> =>
  fc.record({
    at: fc.nat(length),
    removed: fc.oneof(fc.constant(0), fc.nat(20), fc.constant(length)),
    inserted: fc.oneof(fc.constantFrom(...SHARDS), fc.string({ unit: 'binary', maxLength: 20 })),
  });

/** A text that a reader may be given instead of the one it expects: noise, JSON of any form, or that one, spoiled. */
export function rubbishLike(sample: string): fc.Arbitrary<string> {
  const spoiled = fc
    .array(cut(sample.length), { minLength: 1, maxLength: 4 })
    .map((cuts) =>
      cuts.reduce((text, it) => text.slice(0, it.at) + it.inserted + text.slice(it.at + it.removed), sample),
    );
  return fc.oneof({ weight: 6, arbitrary: spoiled }, fc.string({ unit: 'binary' }), fc.json());
}

export function rubbishBytesLike(sample: Uint8Array): fc.Arbitrary<Uint8Array> {
  const spoiled = fc
    .array(fc.tuple(fc.nat(Math.max(0, sample.length - 1)), fc.nat(255)), { minLength: 1, maxLength: 8 })
    .map((changes) => {
      const bytes = Uint8Array.from(sample);
      for (const [at, byte] of changes) bytes[at] = byte;
      return bytes;
    });
  const truncated = fc.nat(sample.length).map((length) => sample.slice(0, length));
  return fc.oneof(spoiled, truncated, fc.uint8Array({ maxLength: 200 }));
}
