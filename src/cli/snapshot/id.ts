import { UsageError } from '../host.ts';

/** The snapshot that a command is about, by position or by `--id`. Throws a `UsageError` unless it is one. */
export function snapshotId(positional: string | undefined, flag: string | undefined, verb: string): string {
  const id = positional ?? flag;
  if (!id) {
    throw new UsageError(
      `Which snapshot? Name it: dblab snapshot ${verb} SNAPSHOT_ID. "dblab snapshot list" shows them.`,
    );
  }
  if (flag !== undefined && flag !== id) throw new UsageError(`Two snapshots are named: ${verb} one by one.`);
  return id;
}
