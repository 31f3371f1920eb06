/** The frames of a WebSocket connection (RFC 6455, section 5.2), as a server reads and writes them. */

export interface Frame {
  readonly opcode: number;
  readonly payload: Buffer;
}

export const BINARY = 2;
export const CLOSE = 8;
export const PING = 9;
export const PONG = 10;

const MASKED = 0x80;
const FINAL = 0x80;
const LENGTH_IN_2_BYTES = 126;
const LENGTH_IN_8_BYTES = 127;
const MASK_BYTES = 4;
const MAX_PAYLOAD_BYTES = 16 * 1024 * 1024;

/** Takes what arrives from a client and answers the frames that are complete. */
export class FrameReader {
  #received = Buffer.alloc(0);

  /** Throws an Error at a frame that no client may send. */
  read(chunk: Buffer): Frame[] {
    this.#received = Buffer.concat([this.#received, chunk]);
    const frames: Frame[] = [];
    for (let frame = this.#next(); frame !== undefined; frame = this.#next()) frames.push(frame);
    return frames;
  }

  #next(): Frame | undefined {
    const bytes = this.#received;
    const [first, second] = bytes;
    if (first === undefined || second === undefined) return undefined;
    if ((second & MASKED) === 0) throw new Error('a client must mask its frames');
    const length = payloadLength(bytes, second & ~MASKED);
    if (length === undefined) return undefined;
    if (length.value > MAX_PAYLOAD_BYTES) throw new Error('the frame is too long');
    const start = length.end + MASK_BYTES;
    const end = start + length.value;
    if (bytes.length < end) return undefined;
    this.#received = bytes.subarray(end);
    return {
      opcode: first & 0x0f,
      payload: unmask(bytes.subarray(start, end), bytes.subarray(length.end, start)),
    };
  }
}

/** A whole message in one frame; servers do not mask. */
export function writeFrame(opcode: number, payload: Buffer): Buffer {
  return Buffer.concat([header(opcode, payload.length), payload]);
}

function header(opcode: number, length: number): Buffer {
  if (length < LENGTH_IN_2_BYTES) return Buffer.from([FINAL | opcode, length]);
  if (length <= 0xffff) {
    const bytes = Buffer.from([FINAL | opcode, LENGTH_IN_2_BYTES, 0, 0]);
    bytes.writeUInt16BE(length, 2);
    return bytes;
  }
  const bytes = Buffer.alloc(10);
  bytes.set([FINAL | opcode, LENGTH_IN_8_BYTES]);
  bytes.writeBigUInt64BE(BigInt(length), 2);
  return bytes;
}

function payloadLength(bytes: Buffer, short: number): { value: number; end: number } | undefined {
  if (short < LENGTH_IN_2_BYTES) return { value: short, end: 2 };
  const end = short === LENGTH_IN_2_BYTES ? 4 : 10;
  if (bytes.length < end) return undefined;
  return { value: end === 4 ? bytes.readUInt16BE(2) : Number(bytes.readBigUInt64BE(2)), end };
}

function unmask(payload: Buffer, mask: Buffer): Buffer {
  return Buffer.from(payload.map((byte, index) => byte ^ (mask[index % MASK_BYTES] ?? 0)));
}
