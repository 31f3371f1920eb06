import type { Command } from 'commander';
import type { CloneReset } from '../../engine/clones.ts';
import { printable } from '../../lib/printable.ts';
import type { OpenEngine } from '../engine/connection.ts';
import { addEngineFlags } from '../engine/flags.ts';
import { Failure, type Run, UsageError } from '../host.ts';
import { addCloneId, cloneId } from './id.ts';

interface Flags {
  readonly id?: string;
  readonly latest?: boolean;
  readonly snapshotId?: string;
  readonly async?: true;
}

const EXAMPLES = `
Examples:
  $ dblab clone reset my-clone
  $ dblab clone reset my-clone --latest
  $ dblab clone reset my-clone --snapshot-id dblab_pool@snapshot_20260401000000`;

export function addReset(noun: Command, run: Run): void {
  const command = noun
    .command('reset')
    .description('Put the data of a clone back, and wait until it accepts connections again.')
    .option('--latest', 'onto the newest snapshot, instead of the one it has')
    .option('--snapshot-id <ID>', 'onto this snapshot')
    .option('-a, --async', 'do not wait')
    .addHelpText('after', EXAMPLES)
    .action((id: string | undefined, flags: Flags) =>
      reset(cloneId(id, flags.id, 'reset'), flags, command, run),
    );
  addCloneId(command);
  addEngineFlags(command);
}

async function reset(id: string, flags: Flags, command: Command, run: Run): Promise<void> {
  const target = targetOf(flags);
  const [{ withEngine }, { resetClone }] = await Promise.all([
    import('../engine/connection.ts'),
    import('../../engine/clones.ts'),
  ]);
  await withEngine(command, run, async (open) => {
    await resetClone(id, target, open.requests, run.signal);
    if (!flags.async) await back(id, open, run);
  });
  const done = flags.async ? 'The clone is being reset' : 'The clone has been successfully reset';
  run.stdout.write(`${done}: ${printable(id)}\n`);
}

function targetOf({ latest = false, snapshotId = '' }: Flags): CloneReset {
  if (latest && snapshotId !== '') {
    throw new UsageError('--latest and --snapshot-id are both given: keep one of them.');
  }
  return { snapshotID: snapshotId, latest };
}

async function back(id: string, open: OpenEngine, run: Run): Promise<void> {
  const { watchClone } = await import('./watch.ts');
  const name = printable(id);
  const watched = {
    id,
    what: `clone ${name} to come back`,
    unfinished: `Clone ${name} is not back`,
    goesOn: `The Engine goes on with the reset: "dblab clone status ${name}" shows when it is ready.`,
  };
  const clone = await watchClone(watched, 'RESETTING', open, run);
  if (clone === undefined) throw new Failure(`Clone ${name} was destroyed while it was being reset.`);
  const { code, message } = clone.status;
  if (code === 'OK') return;
  throw new Failure(
    `Clone ${name} could not be reset, the Engine says ${printable(code)}: ${printable(message ?? '')}. The Engine's log says more.`,
  );
}
