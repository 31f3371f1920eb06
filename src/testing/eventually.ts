import { expect } from 'vitest';

/** As `expect.poll`, with the patience that a busy machine needs. */
export function eventually<T>(look: () => T) {
  return expect.poll(look, { timeout: 10_000 });
}
