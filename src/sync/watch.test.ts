import { beforeEach, describe, expect, it } from 'vitest';
import type { Log } from '../lib/log.ts';
import { TeleportError } from '../teleport/error.ts';
import type { TeleportEvent } from '../teleport/event.ts';
import type { Teleport } from '../teleport/teleport.ts';
import { FakeClock } from '../testing/fake-clock.ts';
import { watch } from './watch.ts';

type Stream = () => AsyncIterable<TeleportEvent>;

const SERVER = { of: 'db' as const, name: 'a', host: 'h', hostId: 'i' };
const gone: TeleportEvent = { kind: 'delete', of: 'db', name: 'a' };
const lost = new TeleportError('unreachable', 'Hung up.');

let happened: unknown[];
let clock: FakeClock;
let stop: AbortController;
beforeEach(() => {
  happened = [];
  clock = new FakeClock();
  stop = new AbortController();
});

/** Each stream is opened once, in this order; after the last there is no other. */
function start(streams: readonly Stream[] | undefined) {
  let opened = 0;
  const teleport = {
    ...(streams && {
      watch: () => {
        opened += 1;
        return streams[opened - 1]?.() ?? (async function* () {})();
      },
      served: async () => [SERVER],
    }),
  } as unknown as Teleport;
  const log = {
    debug: (facts: object, sentence: string) => happened.push([sentence, facts]),
  } as unknown as Log;
  const listener = {
    told: ({ kind }: TeleportEvent) => happened.push(kind),
    servedBy: (servers: readonly unknown[]) => happened.push(servers),
    deaf: () => happened.push('deaf'),
  };
  return { ended: watch({ teleport, clock, log }, listener, stop.signal), opened: () => opened };
}

const openThenLost: Stream = async function* () {
  yield { kind: 'opened' };
  yield gone;
  throw lost;
};
// biome-ignore lint/correctness/useYield: it fails before it tells anything
const refused: Stream = async function* () {
  throw lost;
};

describe('what Teleport tells', () => {
  it('is handed on, with the agents there are whenever a stream opens; a lost one is told of', async () => {
    start([openThenLost]);
    await clock.advance(0);
    expect(happened).toEqual([
      'opened',
      [SERVER],
      'delete',
      ['Teleport does not tell of changes. Hung up.', { code: 'unreachable' }],
      'deaf',
    ]);
  });

  it('is asked for again, later and later, and soon again once something was told', async () => {
    const { opened } = start([refused, refused, refused, openThenLost]);
    const at: number[] = [];
    const from = clock.now();
    for (let count = 0; at.length < 5; count += 1) {
      await clock.advance(count === 0 ? 0 : 100);
      while (at.length < opened()) at.push(clock.now() - from);
    }
    expect(at).toEqual([0, 500, 1_500, 3_500, 4_000]);
  });

  it('is not asked for where the transport cannot tell', async () => {
    await start(undefined).ended;
    expect(happened).toEqual([]);
  });

  it('a stream that ends without a reason is opened again as well', async () => {
    const { opened } = start([]);
    await clock.advance(500);
    expect([opened(), happened[0]]).toEqual([
      2,
      ['Teleport does not tell of changes. ', { code: undefined }],
    ]);
  });

  it('is handed on no longer when the signal is aborted, which is told to nobody', async () => {
    const { ended } = start([
      async function* () {
        yield gone;
        stop.abort();
        throw new Error('aborted');
      },
    ]);
    await ended;
    expect(happened).toEqual(['delete']);
  });

  it('a defect is not taken for a lost stream', async () => {
    const { ended } = start([
      // biome-ignore lint/correctness/useYield: it fails before it tells anything
      async function* () {
        throw new TypeError('a defect');
      },
    ]);
    await expect(ended).rejects.toThrow('a defect');
  });
});
