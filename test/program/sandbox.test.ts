import { chmod, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { openWorld } from './world.ts';

const DEMO = ['sandbox', '--demo', '--port-from', '0'];

describe('dblab sandbox', () => {
  it('plays the main job with real PostgreSQL, ends well and leaves nothing behind', async () => {
    const { run, directory } = await openWorld();
    // Where tests run as root, PostgreSQL is another user.
    await chmod(directory, 0o755);
    const { exit, stdout, stderr } = await run(DEMO);
    expect(stderr).toBe('');
    expect(exit).toBe(0);
    for (const sentence of [
      /clone demo-1 created/,
      /seen in Teleport as dblab-clone-sandbox-demo-1-\d+/,
      /connected to demo-1 as postgres with a client certificate: PostgreSQL \d+/,
      /clone demo-2 destroyed/,
      /gone from Teleport/,
    ]) {
      expect(stdout).toMatch(sentence);
    }
    // The note for other commands lies in a folder of its own, which stays.
    const left = (await readdir(directory, { recursive: true })).filter(
      (it) => !it.startsWith('dblab-sandbox-'),
    );
    expect(left).toEqual(['identity']);
  });

  it('plays it without databases, and keeps its folder with the log of the sidecar when asked', async () => {
    const { run } = await openWorld();
    const { exit, stdout } = await run([...DEMO, '--no-postgres', '--keep']);
    expect(exit).toBe(0);
    expect(stdout).not.toContain('connected to');
    const folder = /Stopping; (\S+) is kept/.exec(stdout)?.[1] ?? '';
    const log = await readFile(join(folder, 'sidecar.log'), 'utf8');
    expect(log).toContain('create db/dblab-clone-sandbox-demo-1-');
  });

  it.each([
    ['--clones', 'none'],
    ['--port-from', '70000'],
    ['--teleport-bin', '/nowhere'],
  ])('says what is wrong with %s %s', async (flag, value) => {
    const { run } = await openWorld();
    const { exit, stderr } = await run([...DEMO, flag, value]);
    expect(exit).not.toBe(0);
    expect(stderr).toContain(value);
  });
});
