import type { CloneDocument } from '../../engine/clones.ts';
import { humanBytes } from '../../lib/bytes.ts';
import type { Shown } from '../output.ts';
import { protectionText } from '../protection-text.ts';

/** As the original shows it: snapshot and metadata behind all else, the sizes in words. */
export function viewOf({ snapshot, metadata, ...clone }: CloneDocument): object {
  return { ...clone, snapshot: snapshot ? snapshotView(snapshot) : null, metadata: metadataView(metadata) };
}

function snapshotView({
  physicalSize,
  logicalSize,
  ...rest
}: NonNullable<CloneDocument['snapshot']>): object {
  return { ...rest, physicalSize: humanBytes(physicalSize ?? 0), logicalSize: humanBytes(logicalSize ?? 0) };
}

function metadataView(metadata: CloneDocument['metadata']): object {
  const { cloneDiffSize, logicalSize, ...rest } = metadata ?? {};
  return {
    ...rest,
    cloneDiffSize: humanBytes(cloneDiffSize ?? 0),
    logicalSize: humanBytes(logicalSize ?? 0),
  };
}

/** Clones as a table, a line each. */
export function shownAsList(clones: readonly CloneDocument[]): Shown {
  return {
    value: clones.map(viewOf),
    head: ['ID', 'Status', 'Port', 'User', 'Database', 'Branch', 'Protected', 'Own size', 'Created'],
    rows: clones.map((clone) => [
      clone.id,
      clone.status.code,
      clone.db?.port,
      clone.db?.username,
      clone.db?.dbName,
      clone.branch,
      protectionText(clone),
      humanBytes(clone.metadata?.cloneDiffSize ?? 0),
      clone.createdAt,
    ]),
    empty: 'There are no clones.',
  };
}

/** One clone as a table, a line for each thing that people ask about it. */
export function shownAlone(clone: CloneDocument): Shown {
  const { status, db, metadata } = clone;
  return {
    value: viewOf(clone),
    head: ['Clone', clone.id],
    rows: [
      ['Status', `${status.code}${status.message ? `: ${status.message}` : ''}`],
      ['Connection', db?.connStr],
      ['Branch', clone.branch],
      ['Snapshot', clone.snapshot?.id],
      ['Protected', protectionText(clone)],
      ['Own size', humanBytes(metadata?.cloneDiffSize ?? 0)],
      ['Data size', humanBytes(metadata?.logicalSize ?? 0)],
      ['Created', clone.createdAt],
    ],
    empty: '',
  };
}
