import type { InstanceDocument, PoolDocument } from '../../engine/instance-document.ts';
import { humanBytes } from '../../lib/bytes.ts';

/** As the original prints it: the sizes of pools in words, and what has changed behind what has not. */
export function viewOf({ pools, ...instance }: InstanceDocument): object {
  return { ...instance, pools: pools?.map(poolView) ?? null };
}

function poolView({ fileSystem, ...pool }: PoolDocument): object {
  if (!fileSystem) return { ...pool, fileSystem: null };
  const { size, free, used, dataSize, usedBySnapshots, usedByClones, ...rest } = fileSystem;
  const words = Object.entries({ size, free, used, dataSize, usedBySnapshots, usedByClones }).map(
    ([name, bytes]) => [name, humanBytes(bytes ?? 0)],
  );
  return { ...pool, fileSystem: { ...rest, ...Object.fromEntries(words) } };
}

/** One line for people. */
export function poolLine({ status, dataStateAt, fileSystem, cloneList }: PoolDocument): string {
  const parts = [
    status,
    dataStateAt ? `data of ${dataStateAt}` : 'no data',
    fileSystem && `${humanBytes(fileSystem.used ?? 0)} used, ${humanBytes(fileSystem.free ?? 0)} free`,
    `clones: ${cloneList?.length ?? 0}`,
  ];
  return parts.filter(Boolean).join(', ');
}
