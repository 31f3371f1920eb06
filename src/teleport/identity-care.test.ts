import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Log } from '../lib/log.ts';
import { FakeClock } from '../testing/fake-clock.ts';
import { identityText, makeIdentity } from '../testing/identity.ts';
import { careForIdentity, concerns } from './identity-care.ts';

const HOUR = 3_600_000;
const BEGIN = Date.UTC(2026, 0, 1);
const identity = { notBefore: BEGIN, expiresAt: BEGIN + HOUR, readableByOthers: false };

describe('concerns about an identity', () => {
  it.each([
    ['fresh', 0.1 * HOUR, 0],
    ['four fifths over', 0.79 * HOUR, 0],
    ['in its last fifth', 0.81 * HOUR, 1],
    ['expiring at this moment', HOUR, 0],
    ['expired: that is said by whoever tries to use it', 1.1 * HOUR, 0],
  ])('%s', (_, now, count) => {
    expect(concerns(identity, '/id', BEGIN + now)).toHaveLength(count);
  });

  it('names the file, the time and tbot when it is not renewed', () => {
    expect(concerns(identity, '/id', BEGIN + 0.9 * HOUR)).toEqual([
      expect.stringMatching(/^The identity in \/id expires at 2026-01-01T01:00:00.000Z .* status tbot/),
    ]);
  });

  it('names the file and the command when others may read the key', () => {
    expect(concerns({ ...identity, readableByOthers: true }, '/id', 0)).toEqual([
      expect.stringContaining('chmod 600 /id'),
    ]);
  });
});

describe('care for the file', () => {
  it('warns once of each identity, and tells each time what is there', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'dblab-care-'));
    const path = join(folder, 'identity');
    const clock = new FakeClock();
    const write = async (user: string) => {
      const parts = await makeIdentity({ user, expiresAt: clock.now() + HOUR });
      await writeFile(path, identityText(parts));
      await chmod(path, 0o644);
    };
    const said: string[] = [];
    const seen: (string | undefined)[] = [];
    let changes = 0;
    const note = (_facts: object, sentence: string) => void said.push(sentence.replace(/,.*/, ''));
    const log: Log = { debug: note, info: note, warn: note, error: note };
    const stop = new AbortController();
    await write('bot-one');
    const over = careForIdentity({
      ...{ path, clock, log, signal: stop.signal },
      onChange: () => {
        changes += 1;
      },
      onSeen: (identity) => seen.push(identity?.user),
    });
    const looks = (count: number) => expect.poll(() => seen.length, { timeout: 10_000 }).toBe(count);
    await looks(1);
    await clock.advance(60_000);
    await looks(2);
    await rm(path);
    await clock.advance(60_000);
    await looks(3);
    await write(`bot-two`);
    await clock.advance(60_000);
    await looks(5);
    stop.abort();
    await over;
    await rm(folder, { recursive: true });
    const warned = `Others than its owner may read ${path}`;
    expect(seen).toEqual(['bot-one', 'bot-one', undefined, 'bot-two', 'bot-two']);
    expect([said.filter((it) => it === warned).length, changes]).toEqual([2, 1]);
    expect(said).toContain('The identity file holds a new identity.');
  });
});
