/**
 * WebSocket frames (RFC 6455) as a proxy's connection upgrade uses them: the payloads of its binary frames
 * are one stream of bytes, in which the edges of frames mean nothing. So payloads are passed on as they
 * arrive, and nothing is held back but the head of a frame and the few bytes of a control frame.
 */

export interface Frame {
  readonly type: FrameType;
  /** Of a data frame perhaps only a part. */
  readonly payload: Buffer;
}

export type FrameType = 'data' | 'close' | 'ping' | 'pong';

/** The peer does not keep to the rules, or to our limits. */
export class FrameError extends Error {
  override readonly name = 'FrameError';
}

const OPCODE: Readonly<Record<FrameType, number>> = { data: 0x2, close: 0x8, ping: 0x9, pong: 0xa };
const CONTINUATION = 0x0;
const LAST_OF_MESSAGE = 0x80;
const MASKED = 0x80;
const LONGEST_CONTROL = 125;
/** Proxies write frames of some kilobytes; one that claims more than this has lost its step. */
const LONGEST_DATA = 16 * 1024 * 1024;

/** A whole frame. Clients must mask theirs with four random bytes, servers must not. */
export function encodeFrame(type: FrameType, payload: Buffer, mask?: Buffer): Buffer {
  const head = [LAST_OF_MESSAGE | OPCODE[type], ...encodedLength(payload.length)];
  if (mask === undefined) return Buffer.concat([Buffer.from(head), payload]);
  head[1] = (head[1] ?? 0) | MASKED;
  return Buffer.concat([Buffer.from(head), mask, masked(payload, mask, 0)]);
}

function encodedLength(length: number): number[] {
  if (length <= LONGEST_CONTROL) return [length];
  if (length <= 0xff_ff) return [126, length >> 8, length & 0xff];
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64BE(BigInt(length));
  return [127, ...bytes];
}

/** Puts frames together from a stream cut anywhere. */
export class FrameReader {
  readonly #isMasked: boolean;
  #held: Buffer = Buffer.alloc(0);
  /** What is left of the data frame that is being read. */
  #open: OpenFrame | undefined;

  /** `peer`: whose frames are read; a peer that masks when it must not, or the reverse, is an error. */
  constructor({ peer }: { peer: 'client' | 'server' }) {
    this.#isMasked = peer === 'client';
  }

  /** Throws a `FrameError`, after which the stream is of no more use. */
  read(chunk: Buffer): Frame[] {
    let rest = this.#held.length === 0 ? chunk : Buffer.concat([this.#held, chunk]);
    const frames: Frame[] = [];
    while (rest.length > 0) {
      const step = this.#open === undefined ? this.#begin(rest) : this.#goOn(rest, this.#open);
      if (step === undefined) break;
      if (step.frame !== undefined) frames.push(step.frame);
      rest = rest.subarray(step.used);
    }
    this.#held = rest;
    return frames;
  }

  /** Undefined while the head, or a control frame, is not there in full. */
  #begin(bytes: Buffer): Step | undefined {
    const head = readHead(bytes, this.#isMasked);
    if (head === undefined) return undefined;
    const { type, size, length, mask } = head;
    if (type === 'data') {
      this.#open = length === 0 ? undefined : { left: length, read: 0, mask };
      return { used: size };
    }
    if (bytes.length < size + length) return undefined;
    const payload = bytes.subarray(size, size + length);
    return { used: size + length, frame: { type, payload: mask ? masked(payload, mask, 0) : payload } };
  }

  #goOn(bytes: Buffer, open: OpenFrame): Step {
    const payload = bytes.subarray(0, open.left);
    const frame: Frame = {
      type: 'data',
      payload: open.mask ? masked(payload, open.mask, open.read) : payload,
    };
    open.left -= payload.length;
    open.read += payload.length;
    if (open.left === 0) this.#open = undefined;
    return { used: payload.length, frame };
  }
}

interface OpenFrame {
  left: number;
  read: number;
  readonly mask: Buffer | undefined;
}

interface Step {
  readonly used: number;
  readonly frame?: Frame;
}

interface Head {
  readonly type: FrameType;
  /** Bytes of the head itself, the mask among them. */
  readonly size: number;
  /** Bytes of the payload. */
  readonly length: number;
  readonly mask: Buffer | undefined;
}

function readHead(bytes: Buffer, isMasked: boolean): Head | undefined {
  const [first, second] = bytes;
  if (first === undefined || second === undefined) return undefined;
  const type = typeOf(first);
  if (((second & MASKED) !== 0) !== isMasked) throw new FrameError('a frame has a mask, or lacks one');
  const short = second & ~MASKED;
  const lengthBytes = short === 126 ? 2 : short === 127 ? 8 : 0;
  const size = 2 + lengthBytes + (isMasked ? 4 : 0);
  if (bytes.length < size) return undefined;
  const length = lengthBytes === 0 ? short : readLength(bytes.subarray(2, 2 + lengthBytes));
  if (length > (type === 'data' ? LONGEST_DATA : LONGEST_CONTROL))
    throw new FrameError('a frame is too long');
  return { type, size, length, mask: isMasked ? bytes.subarray(size - 4, size) : undefined };
}

function typeOf(first: number): FrameType {
  if ((first & 0x70) !== 0) throw new FrameError('a frame uses an extension that was not agreed on');
  const opcode = first & 0x0f;
  if (opcode === OPCODE.data || opcode === CONTINUATION) return 'data';
  for (const type of ['close', 'ping', 'pong'] as const) {
    if (opcode === OPCODE[type] && (first & LAST_OF_MESSAGE) !== 0) return type;
  }
  throw new FrameError(`a frame is of an unknown kind (0x${first.toString(16)})`);
}

function readLength(bytes: Buffer): number {
  return bytes.length === 2 ? bytes.readUInt16BE() : Number(bytes.readBigUInt64BE());
}

/** Masking and unmasking are the same; `offset` is where in the frame's payload the bytes stand. */
function masked(bytes: Buffer, mask: Buffer, offset: number): Buffer {
  const result = Buffer.allocUnsafe(bytes.length);
  for (let at = 0; at < bytes.length; at += 1) {
    result[at] = (bytes[at] ?? 0) ^ (mask[(offset + at) % 4] ?? 0);
  }
  return result;
}
