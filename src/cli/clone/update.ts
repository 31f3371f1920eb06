import type { Command } from 'commander';
import type { CloneDocument, CloneProtection } from '../../engine/clones.ts';
import { printable } from '../../lib/printable.ts';
import { addEngineFlags } from '../engine/flags.ts';
import { type Run, UsageError } from '../host.ts';
import { addOutputFlag, print } from '../output.ts';
import { addProtectedFlag, type ProtectedFlag, readProtectedFlag } from '../protection-flag.ts';
import { addCloneId, cloneId } from './id.ts';

interface Flags {
  readonly id?: string;
  readonly protected?: ProtectedFlag;
}

const EXAMPLES = `
Examples:
  $ dblab clone update my-clone --protected 2h
  $ dblab clone update my-clone --protected false`;

export function addUpdate(noun: Command, run: Run): void {
  const command = noun
    .command('update')
    .description('Protect a clone against being destroyed, or take its protection off.')
    .addHelpText('after', EXAMPLES)
    .action((id: string | undefined, flags: Flags) => {
      const change = changeOf(flags.protected, id ?? flags.id);
      return update(cloneId(id, flags.id, 'update'), change, command, run);
    });
  addCloneId(command);
  addProtectedFlag(command, 'protect it');
  addOutputFlag(command);
  addEngineFlags(command);
}

/**
 * Without a flag nothing is asked for. The original takes that for "unprotect", and so it does where the
 * flag stands after the id: a clone that should be safe is not.
 */
function changeOf(flag: ProtectedFlag | undefined, id: string | undefined): CloneProtection {
  if (flag === undefined) {
    throw new UsageError(
      'Nothing to change: say --protected true, or how long, as in 30m, 2h or 7d. --protected false takes the protection off.',
    );
  }
  try {
    return readProtectedFlag(flag);
  } catch (error) {
    // `--protected c1`, where c1 was meant to be the clone.
    if (id !== undefined || !(error instanceof UsageError)) throw error;
    throw new UsageError(
      `${error.message} Is it the clone? Name that first: dblab clone update CLONE_ID --protected.`,
    );
  }
}

async function update(id: string, change: CloneProtection, command: Command, run: Run): Promise<void> {
  const [{ withEngine }, { protectClone }, { shownAlone }] = await Promise.all([
    import('../engine/connection.ts'),
    import('../../engine/clones.ts'),
    import('./view.ts'),
  ]);
  const clone = await withEngine(command, run, ({ requests }) =>
    protectClone(id, change, requests, run.signal),
  );
  run.stderr.write(`${printable(done(clone))}\n`);
  await print(shownAlone(clone), command, run);
}

/** The Engine may have shortened what was asked for. */
function done({ id, protected: isProtected, protectedTill }: CloneDocument): string {
  if (!isProtected) return `Clone ${id} is not protected any more.`;
  return `Clone ${id} is protected ${protectedTill ? `until ${protectedTill}` : 'for ever'}.`;
}
