import type { Command } from 'commander';
import { printable } from '../../lib/printable.ts';
import type { OpenEngine } from '../engine/connection.ts';
import { addEngineFlags } from '../engine/flags.ts';
import { Failure, type Run } from '../host.ts';
import { addCloneId, cloneId } from './id.ts';

interface Flags {
  readonly id?: string;
  readonly async?: true;
}

export function addDestroy(noun: Command, run: Run): void {
  const command = noun
    .command('destroy')
    .description('Destroy a clone and wait until it is gone.')
    .option('-a, --async', 'do not wait')
    .addHelpText(
      'after',
      '\nExamples:\n  $ dblab clone destroy my-clone\n  $ dblab clone destroy --id my-clone',
    )
    .action((id: string | undefined, flags: Flags) =>
      destroy(cloneId(id, flags.id, 'destroy'), flags, command, run),
    );
  addCloneId(command);
  addEngineFlags(command);
}

async function destroy(id: string, flags: Flags, command: Command, run: Run): Promise<void> {
  const [{ withEngine }, { destroyClone }] = await Promise.all([
    import('../engine/connection.ts'),
    import('../../engine/clones.ts'),
  ]);
  await withEngine(command, run, async (open) => {
    await destroyClone(id, open.requests, run.signal);
    if (!flags.async) await gone(id, open, run);
  });
  const done = flags.async ? 'The clone is being destroyed' : 'The clone has been successfully destroyed';
  run.stdout.write(`${done}: ${printable(id)}\n`);
}

async function gone(id: string, open: OpenEngine, run: Run): Promise<void> {
  const { watchClone } = await import('./watch.ts');
  const name = printable(id);
  const watched = {
    id,
    what: `clone ${name} to go`,
    unfinished: `Clone ${name} is still there`,
    goesOn: `The Engine goes on destroying it: "dblab clone list" shows when it is gone.`,
  };
  const clone = await watchClone(watched, 'DELETING', open, run);
  if (clone === undefined) return;
  const { code, message } = clone.status;
  throw new Failure(
    `Clone ${name} could not be destroyed, the Engine says ${printable(code)}: ${printable(message ?? '')}. The Engine's log says more.`,
  );
}
