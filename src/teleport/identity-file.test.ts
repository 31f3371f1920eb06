import { chmod, mkdir, mkdtemp, rename, rm, truncate, utimes, writeFile } from 'node:fs/promises';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeAll, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import type { Clock } from '../lib/clock.ts';
import { identityText, makeIdentity } from '../testing/identity.ts';
import { identityReader, readIdentity, type StoredIdentity, watchIdentity } from './identity-file.ts';

const EXPIRES_AT = Date.UTC(2030, 0, 1);
/** Makes the second file longer, so that it differs even where the clock of the file system is coarse. */
const LONGER = `bot-second-${'x'.repeat(60)}`;

let first: string;
let second: string;
let folder: string;
let path: string;

beforeAll(async () => {
  first = identityText(await makeIdentity({ expiresAt: EXPIRES_AT, user: 'bot-first' }));
  second = identityText(await makeIdentity({ expiresAt: EXPIRES_AT, user: LONGER }));
});
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'dblab-identity-'));
  path = join(folder, 'identity');
});
afterEach(() => rm(folder, { recursive: true, force: true }));

describe('readIdentity', () => {
  it('reads the file that tbot wrote', async () => {
    await writeFile(path, first, { mode: 0o600 });
    await expect(readIdentity(path)).resolves.toMatchObject({ user: 'bot-first', readableByOthers: false });
  });

  it.each([0o640, 0o604])('notices that others may read it: %o', async (mode) => {
    await writeFile(path, first);
    await chmod(path, mode);
    expect((await readIdentity(path)).readableByOthers).toBe(true);
  });

  it.each<[string, () => Promise<unknown>, string, RegExp]>([
    ['no file', async () => {}, 'identity-missing', /no identity file at .*tbot.*--teleport-identity/],
    [
      'the three files of --format=tls',
      () => writeFile(`${path}.crt`, first),
      'identity-missing',
      /identity\.crt.*--format=file/,
    ],
    ["tbot's folder", () => mkdir(path), 'identity-invalid', /folder.*identity\/identity/],
    ['an empty file', () => writeFile(path, ''), 'identity-invalid', /holds no key/],
    ['a half-written file', () => writeFile(path, first.slice(0, 500)), 'identity-invalid', /cut off/],
    [
      'a file of a gigabyte',
      async () => {
        await writeFile(path, '');
        await truncate(path, 1024 ** 3);
      },
      'identity-invalid',
      /larger than 1 MiB/,
    ],
  ])('refuses %s', async (_what, prepare, code, sentence) => {
    await prepare();
    await expect(readIdentity(path)).rejects.toMatchObject({
      code,
      message: expect.stringMatching(sentence),
    });
  });

  it('refuses a device without opening it', async () => {
    await expect(readIdentity('/dev/zero')).rejects.toMatchObject({ code: 'identity-invalid' });
  });

  it.skipIf(userInfo().uid === 0)('says who may not read the file and whose it is', async () => {
    await writeFile(path, first);
    await chmod(path, 0o000);
    const { username, uid } = userInfo();
    await expect(readIdentity(path)).rejects.toMatchObject({
      code: 'identity-invalid',
      message: expect.stringMatching(`user ${username} \\(id ${uid}\\).*user id ${uid}.*0000`),
    });
  });
});

describe('identityReader', () => {
  it('reads the file again only when it has changed', async () => {
    await writeFile(path, first);
    const read = identityReader(path);
    const before = await read();
    expect(await read()).toBe(before);
    await writeFile(path, second);
    expect((await read()).user).toBe(LONGER);
  });

  it('notices a file of the same size and time put in its place', async () => {
    const when = new Date();
    await writeFile(path, first);
    await utimes(path, when, when);
    const read = identityReader(path);
    const before = await read();
    await writeFile(`${path}.new`, first);
    await utimes(`${path}.new`, when, when);
    await rename(`${path}.new`, path);
    expect(await read()).not.toBe(before);
  });
});

describe('watchIdentity', () => {
  /** A clock whose sleeper waits for `tick`, which resolves when the watcher sleeps again. */
  function steppedClock() {
    let asleep: { ms: number; wake: () => void } | undefined;
    let arrived: () => void = () => {};
    const clock: Clock = {
      now: () => 0,
      random: () => 0,
      sleep: (ms, signal) =>
        new Promise((resolve) => {
          const wake = () => {
            asleep = undefined;
            resolve();
          };
          asleep = { ms, wake };
          signal?.addEventListener('abort', wake, { once: true });
          arrived();
        }),
    };
    const sleeping = async () => {
      if (asleep === undefined) await new Promise<void>((resolve) => (arrived = resolve));
      return asleep?.ms;
    };
    const tick = async () => {
      await sleeping();
      asleep?.wake();
      return sleeping();
    };
    return { clock, tick, sleeping };
  }

  async function start() {
    const { clock, tick, sleeping } = steppedClock();
    const seen: string[] = [];
    const stop = new AbortController();
    const watching = watchIdentity({
      path,
      clock,
      signal: stop.signal,
      onChange: (identity: StoredIdentity) => seen.push(identity.user),
    });
    onTestFinished(async () => {
      stop.abort();
      await watching;
    });
    await sleeping();
    return { tick, seen, stop, watching };
  }

  it('tells of a new identity once, and not of the one it began with', async () => {
    await writeFile(path, first);
    const { tick, seen } = await start();
    await tick();
    expect(seen).toEqual([]);
    await writeFile(path, second);
    await tick();
    await tick();
    expect(seen).toEqual([LONGER]);
  });

  it('tells of a file that appears later, and of one that went and came back changed', async () => {
    const { tick, seen } = await start();
    await tick();
    await writeFile(path, first);
    await tick();
    await rm(path);
    await tick();
    await writeFile(path, second);
    await tick();
    expect(seen).toEqual(['bot-first', LONGER]);
  });

  it('says nothing when the file is written again with the same content', async () => {
    await writeFile(path, first);
    const { tick, seen } = await start();
    for (const text of [first, second, second, first]) {
      await rm(path);
      await writeFile(path, text);
      await tick();
    }
    expect(seen).toEqual([LONGER, 'bot-first']);
  });

  it('looks at a half-written file again shortly, and tells when it is whole', async () => {
    await writeFile(path, first);
    const { tick, seen } = await start();
    await writeFile(path, second.slice(0, 700));
    expect(await tick()).toBe(200);
    expect(seen).toEqual([]);
    await writeFile(path, second);
    await tick();
    expect(seen).toEqual([LONGER]);
  });

  it('goes back to its pace when the file stays broken', async () => {
    await writeFile(path, 'broken');
    const { tick } = await start();
    expect(await tick()).toBe(2000);
  });

  it('ends when it is told to', async () => {
    const { stop, watching } = await start();
    stop.abort();
    await expect(watching).resolves.toBeUndefined();
  });
});
