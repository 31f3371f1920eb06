import type { Command } from 'commander';
import type { Engine } from '../../engine/engine.ts';
import { EngineError } from '../../engine/error.ts';
import { printable } from '../../lib/printable.ts';
import type { OpenEngine } from '../engine/connection.ts';
import { addEngineFlags } from '../engine/flags.ts';
import { Failure, type Run, UsageError } from '../host.ts';

interface Flags {
  readonly id?: string;
  readonly async?: true;
}

export function addDestroy(noun: Command, run: Run): void {
  const command = noun
    .command('destroy')
    .description('Destroy a clone and wait until it is gone.')
    .argument('[CLONE_ID]', 'the clone')
    .option('--id <ID>', 'another way to name it')
    .option('-a, --async', 'do not wait')
    .addHelpText(
      'after',
      '\nExamples:\n  $ dblab clone destroy my-clone\n  $ dblab clone destroy --id my-clone',
    )
    .action((id: string | undefined, flags: Flags) => destroy(cloneId(id, flags), flags, command, run));
  addEngineFlags(command);
}

function cloneId(positional: string | undefined, flags: Flags): string {
  const id = positional ?? flags.id;
  if (!id) throw new UsageError('Which clone? Name it: dblab clone destroy CLONE_ID.');
  if (flags.id !== undefined && flags.id !== id)
    throw new UsageError('Two clones are named: destroy them one by one.');
  return id;
}

async function destroy(id: string, flags: Flags, command: Command, run: Run): Promise<void> {
  const { withEngine } = await import('../engine/connection.ts');
  await withEngine(command, run, async (open) => {
    await open.engine.destroyClone(id, run.signal);
    if (!flags.async) await gone(id, open, run);
  });
  const done = flags.async ? 'The clone is being destroyed' : 'The clone has been successfully destroyed';
  run.stdout.write(`${done}: ${printable(id)}\n`);
}

async function gone(id: string, { engine, waitMs }: OpenEngine, run: Run): Promise<void> {
  const { waitFor } = await import('../wait.ts');
  const name = printable(id);
  const isGone = await waitFor(() => look(id, engine, run.signal), {
    what: `clone ${name} to go`,
    limitMs: waitMs,
    run,
  });
  if (isGone !== true) {
    throw new Failure(
      `Clone ${name} is still there after ${waitMs / 1_000} s. The Engine goes on: see "dblab clone list".`,
    );
  }
}

async function look(id: string, engine: Engine, signal: AbortSignal): Promise<true | undefined> {
  try {
    const { status, message } = await engine.clone(id, signal);
    if (status !== 'FATAL') return undefined;
    throw new Failure(
      `Clone ${printable(id)} could not be destroyed, the Engine says FATAL: ${printable(message)}.`,
    );
  } catch (error) {
    if (error instanceof EngineError && error.code === 'not-found') return true;
    throw error;
  }
}
