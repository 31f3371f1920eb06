import { chmod, mkdir, mkdtemp, readlink, rm, stat, symlink, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { accountFor, canRead } from './account.ts';
import { packagedPostgres, withinReach } from './packaged.ts';

const STRANGER = { uid: 54_321, gid: 54_321 };

let home: string;
let native: string;
let elsewhere: string;

/** A package as npm unpacks it: no symlinks, for packages cannot hold any. */
beforeEach(async () => {
  home = await mkdtemp(path.join(os.tmpdir(), 'dblab-test-'));
  await chmod(home, 0o755);
  native = path.join(home, 'package', 'native');
  elsewhere = path.join(home, 'elsewhere');
  await mkdir(path.join(native, 'lib'), { recursive: true });
  await mkdir(elsewhere);
  await writeFile(path.join(native, 'lib', 'libx.so.60.2'), 'library');
  await writeFile(path.join(native, 'lib', 'libx.a'), 'for compilers only');
  const links = ['native/lib/libx.so', 'native/lib/libx.so.60'];
  const listed = links.map((target) => ({ source: 'native/lib/libx.so.60.2', target }));
  await writeFile(path.join(native, 'pg-symlinks.json'), JSON.stringify(listed));
});

afterEach(() => rm(home, { recursive: true, force: true }));

const links = (folder: string) =>
  Promise.all(['libx.so', 'libx.so.60'].map((name) => readlink(path.join(folder, 'lib', name))));

describe('the packaged PostgreSQL', () => {
  test('is installed for the tests', async () => {
    expect(packagedPostgres()).toMatch(/native$/);
  });

  test('is used where it lies, its libraries completed', async () => {
    expect(await withinReach(native, undefined, elsewhere)).toBe(native);
    expect(await links(native)).toEqual(['libx.so.60.2', 'libx.so.60.2']);
  });

  test('may have some or all of its links already', async () => {
    await symlink('libx.so.60.2', path.join(native, 'lib', 'libx.so'));
    await withinReach(native, undefined, elsewhere);
    expect(await withinReach(native, undefined, elsewhere)).toBe(native);
    expect(await links(native)).toEqual(['libx.so.60.2', 'libx.so.60.2']);
  });

  test.each([
    ['the folder itself', () => native],
    ['a folder above it', () => path.dirname(native)],
  ])('is copied, complete, where the account cannot enter %s', async (_, closed) => {
    await chmod(closed(), 0o700);
    const copy = await withinReach(native, STRANGER, elsewhere);
    expect(path.dirname(copy)).toBe(elsewhere);
    expect(await links(copy)).toEqual(['libx.so.60.2', 'libx.so.60.2']);
    await expect(stat(path.join(copy, 'lib', 'libx.a'))).rejects.toThrow('ENOENT');
  });

  test.skipIf(os.userInfo().uid === 0)('is copied where it cannot be completed in place', async () => {
    const lib = path.join(native, 'lib');
    await chmod(lib, 0o500);
    const copy = await withinReach(native, undefined, elsewhere);
    await chmod(lib, 0o700);
    expect(await links(copy)).toEqual(['libx.so.60.2', 'libx.so.60.2']);
    await rm(copy, { recursive: true });
  });
});

describe('the account', () => {
  test('is another one for root only, and never root', async () => {
    expect(await accountFor(1000)).toBeUndefined();
    const account = await accountFor(0);
    expect(account?.uid).toBeGreaterThan(0);
  });

  test('reads what is open to all, or to its group', async () => {
    expect(await canRead(STRANGER, native)).toBe(true);
    await chmod(native, 0o750);
    expect(await canRead(STRANGER, native)).toBe(false);
    expect(await canRead({ ...STRANGER, gid: (await stat(native)).gid }, native)).toBe(true);
    expect(await canRead(undefined, native)).toBe(true);
  });
});
