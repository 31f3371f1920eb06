import { execa } from 'execa';
import type { Site } from '../site/site.ts';
import { type Change, titleOf } from './change.ts';
import { giveTo, makeFolder, writeFile } from './hand.ts';
import { SetupError } from './step.ts';

const COMMAND_WITHIN_MS = 120_000;
const SAID_BYTES = 2_000;

/**
 * Carries out one change. `stamp` names the copies of edited files. Throws a `SetupError`, a `TeleportError` or the
 * reason of the signal; then the change was not made, or is made again by the next run.
 */
export async function carryOut(change: Change, site: Site, stamp: string): Promise<void> {
  const { files, signal } = site;
  switch (change.kind) {
    case 'file':
      return writeFile(files, change, stamp);
    case 'folder':
      return makeFolder(files, change);
    case 'permissions':
      return giveTo(files, change.path, change);
    case 'cluster':
      return change.carryOut(signal);
    case 'command':
      return runCommand(change.command, titleOf(change), site);
  }
}

async function runCommand(
  [program, ...args]: readonly [string, ...string[]],
  title: string,
  { signal, env }: Site,
): Promise<void> {
  const result = await execa(program, args, {
    env: { PATH: env['PATH'] ?? '/usr/sbin:/usr/bin:/sbin:/bin' },
    extendEnv: false,
    reject: false,
    timeout: COMMAND_WITHIN_MS,
    maxBuffer: 1024 * 1024,
    cancelSignal: signal,
  });
  signal.throwIfAborted();
  if (!result.failed) return;
  const said = `${result.stderr}`.trim().slice(-SAID_BYTES) || result.shortMessage;
  throw new SetupError(`${title} failed: "${[program, ...args].join(' ')}" said: ${said}`);
}
