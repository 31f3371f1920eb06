/** What a TLS server asks of its clients, read from the handshake on the wire. Pure. */

const HANDSHAKE = 22;
const CERTIFICATE_REQUEST = 13;
const SERVER_HELLO_DONE = 14;

/**
 * The names (DER, as hex) of the authorities whose client certificates the server takes, from the first bytes
 * that it sent under TLS 1.2, where they travel in the clear (RFC 5246, 7.4.4). Undefined: it asks for none.
 */
export function clientAuthoritiesIn(sent: Buffer): readonly string[] | undefined {
  for (const { type, body } of messagesIn(handshakeBytes(sent))) {
    if (type === CERTIFICATE_REQUEST) return namesIn(body);
    if (type === SERVER_HELLO_DONE) return undefined;
  }
  return undefined;
}

/** The content of the handshake records at the beginning: type, version, length, content. */
function handshakeBytes(sent: Buffer): Buffer {
  const pieces: Buffer[] = [];
  let at = 0;
  while (at + 5 <= sent.length && sent.readUInt8(at) === HANDSHAKE) {
    const length = sent.readUInt16BE(at + 3);
    pieces.push(sent.subarray(at + 5, at + 5 + length));
    at += 5 + length;
  }
  return Buffer.concat(pieces);
}

function* messagesIn(bytes: Buffer): Generator<{ type: number; body: Buffer }> {
  let at = 0;
  while (at + 4 <= bytes.length) {
    const length = bytes.readUIntBE(at + 1, 3);
    yield { type: bytes.readUInt8(at), body: bytes.subarray(at + 4, at + 4 + length) };
    at += 4 + length;
  }
}

/** Behind the kinds of certificates and the signature algorithms stands the list of names. */
function namesIn(body: Buffer): readonly string[] {
  try {
    let at = 1 + body.readUInt8(0);
    at += 2 + body.readUInt16BE(at);
    const end = at + 2 + body.readUInt16BE(at);
    const names: string[] = [];
    at += 2;
    while (at < end) {
      const length = body.readUInt16BE(at);
      names.push(body.subarray(at + 2, at + 2 + length).toString('hex'));
      at += 2 + length;
    }
    return names;
  } catch {
    return [];
  }
}
