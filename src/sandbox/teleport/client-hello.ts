/**
 * Reads from the first bytes of a TLS connection which protocols the client offers (ALPN), without taking
 * part in the handshake: the stand-in proxy decides by them where the connection goes, as the real one does.
 */

/** The application protocols in the client's order; none where it names none. */
export interface ClientHello {
  readonly protocols: readonly string[];
}

const HANDSHAKE_RECORD = 22;
const CLIENT_HELLO = 1;
const ALPN_EXTENSION = 16;
const RECORD_HEADER = 5;
const HELLO_HEADER = 4;
/** A hello is a few hundred bytes, a few thousand with the keys of new algorithms. */
const MAX_BYTES = 32 * 1024;

/** `incomplete` asks for more bytes of the same connection; `foreign` is not the beginning of TLS. */
export function readClientHello(bytes: Buffer): ClientHello | 'incomplete' | 'foreign' {
  const hello = joinRecords(bytes);
  if (hello === 'foreign' || (hello.length > 0 && hello[0] !== CLIENT_HELLO)) return 'foreign';
  const length = hello.length < HELLO_HEADER ? undefined : hello.readUIntBE(1, 3);
  if (length !== undefined && length > MAX_BYTES) return 'foreign';
  if (length === undefined || hello.length < HELLO_HEADER + length)
    return bytes.length > MAX_BYTES ? 'foreign' : 'incomplete';
  try {
    return { protocols: protocolsOf(new Cursor(hello.subarray(HELLO_HEADER, HELLO_HEADER + length))) };
  } catch (error) {
    if (error instanceof RangeError) return 'foreign';
    throw error;
  }
}

/** A hello may be cut into several records, and each of them may have arrived in part. */
function joinRecords(bytes: Buffer): Buffer | 'foreign' {
  const parts: Buffer[] = [];
  let rest = bytes;
  while (rest.length > 0) {
    if (rest[0] !== HANDSHAKE_RECORD) return 'foreign';
    if (rest.length < RECORD_HEADER) break;
    const end = RECORD_HEADER + rest.readUInt16BE(3);
    parts.push(rest.subarray(RECORD_HEADER, end));
    rest = rest.subarray(end);
  }
  return Buffer.concat(parts);
}

function protocolsOf(hello: Cursor): string[] {
  const versionAndRandom = 2 + 32;
  hello.skip(versionAndRandom);
  hello.vector(1); // session id
  hello.vector(2); // cipher suites
  hello.vector(1); // compression methods
  if (hello.atEnd) return [];
  const extensions = hello.vector(2);
  while (!extensions.atEnd) {
    const type = extensions.number(2);
    const extension = extensions.vector(2);
    if (type === ALPN_EXTENSION) return namesIn(extension.vector(2));
  }
  return [];
}

function namesIn(list: Cursor): string[] {
  const names: string[] = [];
  while (!list.atEnd) names.push(list.vector(1).text());
  return names;
}

/** Throws a RangeError where the bytes end too early. */
class Cursor {
  #rest: Buffer;

  constructor(bytes: Buffer) {
    this.#rest = bytes;
  }

  get atEnd(): boolean {
    return this.#rest.length === 0;
  }

  number(bytes: 1 | 2): number {
    return this.#take(bytes).readUIntBE(0, bytes);
  }

  /** What stands behind its own length, which takes so many bytes. */
  vector(lengthBytes: 1 | 2): Cursor {
    return new Cursor(this.#take(this.number(lengthBytes)));
  }

  skip(bytes: number): void {
    this.#take(bytes);
  }

  text(): string {
    return this.#rest.toString('latin1');
  }

  #take(bytes: number): Buffer {
    if (bytes > this.#rest.length) throw new RangeError('the message ends too early');
    const taken = this.#rest.subarray(0, bytes);
    this.#rest = this.#rest.subarray(bytes);
    return taken;
  }
}
