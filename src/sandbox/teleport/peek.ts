import type { Duplex } from 'node:stream';

/**
 * Looks at the first bytes of a stream until `judge` has seen enough to answer something, puts them back and
 * pauses: whoever is told reads the stream from its beginning. A stream that ends before is never decided.
 */
export function peek<Verdict>(
  stream: Duplex,
  judge: (bytes: Buffer) => Verdict | undefined,
  decide: (verdict: Verdict) => void,
): void {
  let seen = Buffer.alloc(0);
  const look = (chunk: Buffer) => {
    seen = Buffer.concat([seen, chunk]);
    const verdict = judge(seen);
    if (verdict === undefined) return;
    stream.off('data', look);
    stream.pause();
    stream.unshift(seen);
    decide(verdict);
  };
  stream.on('data', look);
  stream.resume();
}
