import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { encodeFrame, type Frame, FrameError, FrameReader, type FrameType } from './api-frames.ts';

const bytes = (most: number) => fc.uint8Array({ maxLength: most }).map((it) => Buffer.from(it));
const frame = fc.oneof(
  fc.record({ type: fc.constant<FrameType>('data'), payload: bytes(70_000) }),
  fc.record({ type: fc.constantFrom<FrameType>('ping', 'pong', 'close'), payload: bytes(125) }),
);
const mask = fc.uint8Array({ minLength: 4, maxLength: 4 }).map((it) => Buffer.from(it));

/** Data frames as one run of bytes per stretch, for their edges mean nothing. */
function gathered(frames: readonly Frame[]): Frame[] {
  const found: Frame[] = [];
  for (const { type, payload } of frames) {
    const last = found.at(-1);
    if (type !== 'data' || last?.type !== 'data') found.push({ type, payload });
    else found.splice(-1, 1, { type, payload: Buffer.concat([last.payload, payload]) });
  }
  return found.filter(({ type, payload }) => type !== 'data' || payload.length > 0);
}

function cut(whole: Buffer, sizes: readonly number[]): Buffer[] {
  const pieces: Buffer[] = [];
  let at = 0;
  for (let turn = 0; at < whole.length; turn += 1) {
    const size = sizes[turn % sizes.length] ?? 1;
    pieces.push(whole.subarray(at, at + size));
    at += size;
  }
  return pieces;
}

const sizes = fc.array(fc.integer({ min: 1, max: 5000 }), { minLength: 1, maxLength: 5 });

describe('frames', () => {
  it('come out as they went in, wherever the stream is cut', () => {
    const frames = fc.array(frame, { maxLength: 6 });
    fc.assert(
      fc.property(frames, sizes, fc.option(mask, { nil: undefined }), (sent, pieces, withMask) => {
        const reader = new FrameReader({ peer: withMask === undefined ? 'server' : 'client' });
        const stream = Buffer.concat(sent.map((it) => encodeFrame(it.type, it.payload, withMask)));
        expect(gathered(cut(stream, pieces).flatMap((it) => reader.read(it)))).toEqual(gathered(sent));
      }),
    );
  });

  it('of any bytes are read or refused, and little is held back', () => {
    fc.assert(
      fc.property(bytes(2000), sizes, (noise, pieces) => {
        const reader = new FrameReader({ peer: 'server' });
        try {
          const read = cut(noise, pieces).flatMap((it) => reader.read(it));
          const passedOn = read.reduce((sum, it) => sum + it.payload.length, 0);
          expect(passedOn).toBeLessThanOrEqual(noise.length);
        } catch (error) {
          expect(error).toBeInstanceOf(FrameError);
        }
      }),
    );
  });

  it('pass a payload on before all of it is there', () => {
    const reader = new FrameReader({ peer: 'server' });
    const whole = encodeFrame('data', Buffer.alloc(1000, 'x'));
    expect(reader.read(whole.subarray(0, 100))).toEqual([{ type: 'data', payload: Buffer.alloc(96, 'x') }]);
  });

  it('are laid out as RFC 6455 shows them', () => {
    const hello = Buffer.from('Hello');
    expect(encodeFrame('ping', hello).toString('hex')).toBe('890548656c6c6f');
    const key = Buffer.from('37fa213d', 'hex');
    expect(encodeFrame('pong', hello, key).toString('hex')).toBe('8a8537fa213d7f9f4d5158');
    expect(encodeFrame('data', Buffer.alloc(256)).subarray(0, 4).toString('hex')).toBe('827e0100');
    expect(encodeFrame('data', Buffer.alloc(65_536)).subarray(0, 10).toString('hex')).toBe(
      '827f0000000000010000',
    );
  });

  it.each([
    ['with a mask from a server', '8285' + '00000000' + '48656c6c6f'],
    ['of text', '810548656c6c6f'],
    ['with an extension', 'c20548656c6c6f'],
    ['of an unknown kind', '8b00'],
    ['of control in two parts', '0900'],
    ['of control that is long', '897e0100'],
    ['longer than any proxy writes', '827f7fffffffffffffff'],
  ])('%s are refused', (_what, hex) => {
    const reader = new FrameReader({ peer: 'server' });
    expect(() => reader.read(Buffer.from(hex, 'hex'))).toThrow(FrameError);
  });

  it('without a mask from a client are refused', () => {
    const reader = new FrameReader({ peer: 'client' });
    expect(() => reader.read(encodeFrame('data', Buffer.from('x')))).toThrow(FrameError);
  });
});
