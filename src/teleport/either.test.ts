import { describe, expect, it } from 'vitest';
import type { Log } from '../lib/log.ts';
import { registration } from '../testing/builders.ts';
import { FakeClock } from '../testing/fake-clock.ts';
import { openEither } from './either.ts';
import { TeleportError, type TeleportErrorCode } from './error.ts';
import type { TeleportEvent } from './event.ts';

const MINUTE = 60_000;

/** Two transports that work or fail as told, and what was said about it. */
function open(fails: { api?: TeleportErrorCode; tctl?: TeleportErrorCode } = {}) {
  const clock = new FakeClock();
  const said: string[] = [];
  const note = (_facts: object, sentence: string) => void said.push(sentence);
  const log: Log = { debug() {}, info: note, warn: note, error: note };
  const lists = { api: 0, tctl: 0 };
  const fake = (name: 'api' | 'tctl') => ({
    transport: name,
    list: async () => {
      lists[name] += 1;
      const code = fails[name];
      if (code !== undefined) throw new TeleportError(code, `${name}: ${code}.`);
      return [registration(name, 6000)];
    },
    apply: async () => [],
    close: async () => {},
    served: async () => [],
    async *watch(): AsyncGenerator<TeleportEvent> {
      yield { kind: 'opened' };
    },
  });
  const either = openEither({ api: fake('api'), tctl: fake('tctl'), clock, log });
  return { clock, either, fails, lists, said };
}

describe('either transport', () => {
  it('is the API where that can be reached, and tctl is never started', async () => {
    const { either, lists, said } = open();
    await either.list();
    expect([either.transport, lists.tctl, said]).toEqual(['api', 0, []]);
  });

  it('is tctl where the API never answered, and says why once', async () => {
    const { either, said } = open({ api: 'unreachable' });
    await either.list();
    await either.list();
    expect(either.transport).toBe('tctl');
    expect(said).toEqual([
      expect.stringMatching(/^Using tctl, because .* api: unreachable\. .* in 5 minutes\.$/),
    ]);
  });

  it('goes back to the API later, and says so', async () => {
    const { clock, either, fails, said } = open({ api: 'unreachable' });
    await either.list();
    delete fails.api;
    await clock.advance(5 * MINUTE - 1);
    await either.list();
    expect(either.transport).toBe('tctl');
    await clock.advance(1);
    await either.list();
    expect(either.transport).toBe('api');
    expect(said.at(-1)).toContain('can be reached again');
  });

  it('tries the API less and less often', async () => {
    const { clock, either, lists } = open({ api: 'unreachable' });
    for (let minute = 0; minute < 6 * 60; minute += 1) {
      await either.list();
      await clock.advance(MINUTE);
    }
    // At 0, 5, 15, 35, 75, 135, 195, 255 and 315 minutes.
    expect(lists.api).toBe(9);
  });

  it('stays with the API through a restart of Teleport', async () => {
    const { clock, either, fails, lists } = open();
    await either.list();
    fails.api = 'unreachable';
    await expect(either.list()).rejects.toThrow('api: unreachable.');
    await clock.advance(MINUTE - 1);
    await expect(either.list()).rejects.toThrow('api: unreachable.');
    expect(lists.tctl).toBe(0);
    await clock.advance(1);
    await either.list();
    expect(either.transport).toBe('tctl');
  });

  it('tries tctl once a minute at most when neither answers, and tells of the API', async () => {
    const { clock, either, lists } = open({ api: 'unreachable', tctl: 'unreachable' });
    for (let second = 0; second < 120; second += 10) {
      await expect(either.list()).rejects.toThrow('api: unreachable.');
      await clock.advance(10_000);
    }
    expect([either.transport, lists.tctl]).toEqual(['api', 2]);
  });

  it.each(['identity-expired', 'identity-missing', 'identity-invalid'] as const)(
    'does not look for another way when it is the identity: %s',
    async (code) => {
      const { either, lists } = open({ api: code });
      await expect(either.list()).rejects.toMatchObject({ code });
      expect(lists.tctl).toBe(0);
    },
  );

  it('tells of changes only while the API is used', async () => {
    const { either } = open({ api: 'unreachable' });
    const events = either.watch?.(new AbortController().signal)[Symbol.asyncIterator]();
    await either.list();
    await expect(events?.next()).rejects.toThrow('cannot be watched');
  });
});
