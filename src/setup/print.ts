import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Change } from './change.ts';
import { SetupError } from './step.ts';

/**
 * Writes what the changes would write below a folder, each under the path it is meant for, and what an
 * administrator has to apply under `teleport/`. Answers the paths. Throws a `SetupError`.
 */
export async function printFiles(changes: readonly Change[], folder: string): Promise<string[]> {
  const files = changes.flatMap((change) => {
    if (change.kind === 'file') return [{ path: change.path, text: change.after, mode: change.mode }];
    if (change.kind !== 'cluster' || change.document === undefined) return [];
    return [{ path: join('teleport', change.document.name), text: change.document.text, mode: 0o644 }];
  });
  for (const { path, text, mode } of files) {
    const target = join(folder, path);
    try {
      mkdirSync(dirname(target), { recursive: true });
      writeFileSync(target, text, { mode });
    } catch (error) {
      throw new SetupError(
        `${target} cannot be written: ${error instanceof Error ? error.message : String(error)}.`,
      );
    }
  }
  return files.map(({ path }) => path);
}
