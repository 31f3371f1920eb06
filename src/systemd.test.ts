import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished, vi } from 'vitest';
import type { Clock } from './lib/clock.ts';
import { systemClock } from './lib/clock.ts';
import { type Log, silentLog } from './lib/log.ts';
import { tellSystemd } from './systemd.ts';

/** A systemd-notify that writes down what it is told. */
function folderWithNotify(exit = 0): { folder: string; told: () => string[] } {
  const folder = mkdtempSync(join(tmpdir(), 'dblab-systemd-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const file = join(folder, 'told');
  const program = `require('fs').appendFileSync(${JSON.stringify(file)}, process.argv.slice(2).join(' ') + '\\n'); process.exitCode = ${exit};`;
  writeFileSync(join(folder, 'systemd-notify'), `#!${process.execPath}\n${program}\n`);
  chmodSync(join(folder, 'systemd-notify'), 0o755);
  return {
    folder,
    told: () => (existsSync(file) ? readFileSync(file, 'utf8').split('\n').slice(0, -1) : []),
  };
}

/** Each sleep ends at once, and is written down. */
function quickClock(slept: number[], end: AbortController, after: number): Clock {
  return {
    ...systemClock,
    async sleep(ms) {
      slept.push(ms);
      if (slept.length >= after) end.abort();
    },
  };
}

it('tells that it is ready, then that it is alive, three times as often as it has to, and that it ends', async () => {
  const { folder, told } = folderWithNotify();
  const slept: number[] = [];
  const end = new AbortController();
  const env = { NOTIFY_SOCKET: '/run/x', PATH: folder, WATCHDOG_USEC: '60000000' };
  await tellSystemd({ env, clock: quickClock(slept, end, 3), log: silentLog }, end.signal);
  expect(told()).toEqual([
    '--ready --status=Keeping Teleport in step.',
    'WATCHDOG=1',
    'WATCHDOG=1',
    'STOPPING=1',
  ]);
  expect(slept).toEqual([20_000, 20_000, 20_000]);
});

it('tells nothing in between where no watchdog was asked for', async () => {
  const { folder, told } = folderWithNotify();
  const end = new AbortController();
  const env = { NOTIFY_SOCKET: '/run/x', PATH: folder };
  await tellSystemd({ env, clock: quickClock([], end, 1), log: silentLog }, end.signal);
  expect(told()).toEqual(['--ready --status=Keeping Teleport in step.', 'STOPPING=1']);
});

it('does nothing where no systemd asked', async () => {
  const { folder, told } = folderWithNotify();
  await tellSystemd(
    { env: { PATH: folder }, clock: systemClock, log: silentLog },
    new AbortController().signal,
  );
  expect(told()).toEqual([]);
});

it.each(['absent', 'failing'])('goes on where systemd-notify is %s', async (what) => {
  const path = what === 'absent' ? '/nonexistent' : folderWithNotify(1).folder;
  const warn = vi.fn();
  const log: Log = { ...silentLog, warn };
  const env = { NOTIFY_SOCKET: '/run/x', PATH: path };
  await tellSystemd({ env, clock: systemClock, log }, new AbortController().signal);
  expect(warn).toHaveBeenCalledOnce();
});
