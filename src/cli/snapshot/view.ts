import type { SnapshotDocument } from '../../engine/snapshots.ts';
import { humanBytes } from '../../lib/bytes.ts';
import type { Shown } from '../output.ts';
import { protectionText } from '../protection-text.ts';

/** As the original lists it: the sizes in words, behind all else. */
export function viewOf({ physicalSize, logicalSize, ...snapshot }: SnapshotDocument): object {
  return {
    ...snapshot,
    physicalSize: humanBytes(physicalSize ?? 0),
    logicalSize: humanBytes(logicalSize ?? 0),
  };
}

/** Snapshots as a table, beside the value that programs get. */
export function shownAs(value: unknown, snapshots: readonly SnapshotDocument[]): Shown {
  return {
    value,
    head: ['ID', 'Branch', 'Data of', 'Own size', 'Data size', 'Clones', 'Protected', 'Message'],
    rows: snapshots.map((snapshot) => [
      snapshot.id,
      snapshot.branch,
      snapshot.dataStateAt,
      humanBytes(snapshot.physicalSize ?? 0),
      humanBytes(snapshot.logicalSize ?? 0),
      snapshot.numClones,
      protectionText(snapshot),
      snapshot.message,
    ]),
    empty: 'There are no snapshots.',
  };
}
