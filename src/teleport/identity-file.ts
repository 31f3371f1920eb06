/**
 * The identity where it lives: a file that tbot truncates and writes again every twenty minutes while we
 * run. A reader promises a whole identity or a sentence that says what to do about the file.
 */
import { type BigIntStats, createReadStream } from 'node:fs';
import { access, stat } from 'node:fs/promises';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import type { Clock } from '../lib/clock.ts';
import { TeleportError } from './error.ts';
import {
  HOW_TO_MAKE_ONE,
  type Identity,
  invalidIdentity,
  LARGEST_IDENTITY_BYTES,
  parseIdentity,
} from './identity.ts';

export interface StoredIdentity extends Identity {
  /** Users other than the owner may read the private key: worth a warning. */
  readonly readableByOthers: boolean;
}

/**
 * Throws a `TeleportError`: `identity-missing` where there is no file, `identity-invalid` where it cannot be
 * read or used, half-written ones included.
 */
export async function readIdentity(path: string): Promise<StoredIdentity> {
  const stats = await look(path);
  const identity = parseIdentity(await readText(path), path);
  return { ...identity, readableByOthers: (stats.mode & 0o044n) !== 0n };
}

/** Like `readIdentity`, but reads the file again only when it has changed. */
export function identityReader(path: string): () => Promise<StoredIdentity> {
  let last: { readonly stamp: string; readonly identity: StoredIdentity } | undefined;
  return async () => {
    const stamp = stampOf(await look(path));
    if (last?.stamp !== stamp) last = { stamp, identity: await readIdentity(path) };
    return last.identity;
  };
}

export interface IdentityWatch {
  readonly path: string;
  readonly clock: Clock;
  /** Called with every whole identity that differs from the one before. */
  readonly onChange: (identity: StoredIdentity) => void;
  readonly signal: AbortSignal;
  readonly intervalMs?: number;
}

/** A file that has just changed may be half-written: it is looked at again after this time. */
const HALF_WRITTEN_MS = 200;

/**
 * Watches until the signal is aborted, then resolves. It polls, because the file may be missing, on a bind
 * mount or replaced together with its folder, where notifications do not arrive.
 */
export async function watchIdentity(watch: IdentityWatch): Promise<void> {
  const { path, clock, onChange, signal, intervalMs = 2_000 } = watch;
  let seen = await stampAt(path);
  let known = await readIdentity(path).catch(() => undefined);
  let waitMs = intervalMs;
  for (;;) {
    await clock.sleep(waitMs, signal);
    if (signal.aborted) return;
    const stamp = await stampAt(path);
    waitMs = stamp === seen ? intervalMs : Math.min(HALF_WRITTEN_MS, intervalMs);
    if (stamp === seen) continue;
    seen = stamp;
    const identity = await readIdentity(path).catch(() => undefined);
    if (identity === undefined || identity.cert === known?.cert) continue;
    known = identity;
    onChange(identity);
  }
}

/** Looks without opening: opening a pipe would wait for a writer. */
async function look(path: string): Promise<BigIntStats> {
  const stats = await stat(path, { bigint: true }).catch(async (error: unknown) => {
    throw await explain(path, error);
  });
  if (stats.isDirectory()) {
    throw invalidIdentity(path, `it is a folder. Name the file in it: ${join(path, 'identity')}`);
  }
  if (!stats.isFile()) throw invalidIdentity(path, 'it is not a regular file');
  if (stats.size > LARGEST_IDENTITY_BYTES) throw invalidIdentity(path, 'it is larger than 1 MiB');
  return stats;
}

async function readText(path: string): Promise<string> {
  try {
    return await text(createReadStream(path, { end: LARGEST_IDENTITY_BYTES }));
  } catch (error) {
    throw await explain(path, error);
  }
}

function stampOf({ dev, ino, size, mtimeNs, ctimeNs }: BigIntStats): string {
  return [dev, ino, size, mtimeNs, ctimeNs].join(':');
}

async function stampAt(path: string): Promise<string> {
  return stat(path, { bigint: true }).then(stampOf, () => 'none');
}

async function explain(path: string, error: unknown): Promise<TeleportError> {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  if (code === 'ENOENT' || code === 'ENOTDIR') return missing(path, error);
  if (code === 'EACCES' || code === 'EPERM') return invalidIdentity(path, await whoMayRead(path), error);
  return invalidIdentity(path, error instanceof Error ? error.message : String(error), error);
}

async function missing(path: string, cause: unknown): Promise<TeleportError> {
  const isTlsFormat = await access(`${path}.crt`).then(
    () => true,
    () => false,
  );
  const advice = isTlsFormat
    ? `There is ${path}.crt, which is another format. ${HOW_TO_MAKE_ONE}.`
    : 'Start tbot as a service that writes it, or name another file with --teleport-identity.';
  return new TeleportError('identity-missing', `There is no identity file at ${path}. ${advice}`, cause);
}

async function whoMayRead(path: string): Promise<string> {
  const user = currentUser();
  const file = await stat(path).catch(() => undefined);
  const owner =
    file === undefined
      ? 'a folder above it is closed to that user'
      : `it belongs to user id ${file.uid} and its mode is ${(file.mode & 0o777).toString(8).padStart(4, '0')}`;
  return `${user} may not read it: ${owner}. Run as its owner, or let tbot write it as ${user}`;
}

/** In a container the user often has no name. */
function currentUser(): string {
  try {
    const { username, uid } = userInfo();
    return `user ${username} (id ${uid})`;
  } catch {
    return 'the user of this process';
  }
}
