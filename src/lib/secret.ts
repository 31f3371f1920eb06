import { createHash, timingSafeEqual } from 'node:crypto';
import { inspect } from 'node:util';

/** A value that prints as `***` wherever it is logged, joined into a text or turned into JSON. */
export class Secret {
  readonly #value: string;

  constructor(value: string) {
    this.#value = value;
  }

  /** The plain value: only for the header, request or comparison that needs it. */
  reveal(): string {
    return this.#value;
  }

  /** Compares in a time that depends neither on the content nor on the length of `candidate`. */
  matches(candidate: string): boolean {
    return timingSafeEqual(digest(this.#value), digest(candidate));
  }

  toString(): string {
    return '***';
  }

  toJSON(): string {
    return '***';
  }

  [inspect.custom](): string {
    return '***';
  }
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
