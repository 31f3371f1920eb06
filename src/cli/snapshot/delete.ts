import type { Command } from 'commander';
import { printable } from '../../lib/printable.ts';
import { addEngineFlags } from '../engine/flags.ts';
import type { Run } from '../host.ts';
import { snapshotId } from './id.ts';

interface Flags {
  readonly id?: string;
  readonly force?: boolean;
}

const EXAMPLES = `
Examples:
  $ dblab snapshot delete dblab_pool/branch/main/my-clone/r0@20260402000000
  $ dblab snapshot delete dblab_pool/branch/dev@20260402000000 --force`;

export function addDelete(noun: Command, run: Run): void {
  const command = noun
    .command('delete')
    .description('Delete a snapshot.')
    .argument('[SNAPSHOT_ID]', 'the snapshot')
    .option('--id <ID>', 'another way to name it')
    .option('--force', 'with it, delete the clones and branches that stand on it')
    .addHelpText('after', EXAMPLES)
    .action((id: string | undefined, flags: Flags) =>
      remove(snapshotId(id, flags.id, 'delete'), flags, command, run),
    );
  addEngineFlags(command);
}

async function remove(id: string, { force = false }: Flags, command: Command, run: Run): Promise<void> {
  const [{ withEngine }, { deleteSnapshot }] = await Promise.all([
    import('../engine/connection.ts'),
    import('../../engine/snapshots.ts'),
  ]);
  await withEngine(command, run, ({ requests }) => deleteSnapshot(id, force, requests, run.signal));
  run.stdout.write(`Deleted snapshot '${printable(id)}'\n`);
}
