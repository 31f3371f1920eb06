import { type Command, Option } from 'commander';
import type { CloneDocument, CloneOrder } from '../../engine/clones.ts';
import { printable } from '../../lib/printable.ts';
import type { Secret } from '../../lib/secret.ts';
import type { OpenEngine } from '../engine/connection.ts';
import { addEngineFlags } from '../engine/flags.ts';
import { Failure, type Run } from '../host.ts';
import { addOutputFlag, type OutputFlag, print } from '../output.ts';
import { addProtectedFlag, type ProtectedFlag, readProtectedFlag } from '../protection-flag.ts';
import type { PasswordFlags } from './password.ts';
import { addExtraConfigFlag, type ExtraConfig } from './settings-flag.ts';

interface Flags extends PasswordFlags, OutputFlag {
  readonly dbName?: string;
  readonly dbname?: string;
  readonly restricted?: true;
  readonly id?: string;
  readonly branch?: string;
  readonly snapshotId?: string;
  readonly protected?: ProtectedFlag;
  readonly extraConfig?: ExtraConfig;
  readonly async?: true;
}

const ABOUT = `
The password is taken from --password, --password-file or DBLAB_CLONE_PASSWORD; else a terminal asks for it.
Where nothing is typed or there is no terminal, a strong one is made and shown once.

Examples:
  $ dblab clone create --username alice
  $ dblab clone create --username alice --dbname postgres --id my-clone --branch main
  $ dblab clone create --username alice --password-file alice.txt --protected 2h --async
  $ dblab clone create --username alice --extra-config work_mem=8MB --output json`;

export function addCreate(noun: Command, run: Run): void {
  const command = noun
    .command('create')
    .description('Create a clone and wait until it accepts connections.')
    .requiredOption('--username <NAME>', 'database user to make')
    .option('--password <PASSWORD>', 'its password; shows in the process list [DBLAB_CLONE_PASSWORD]')
    .option('--password-file <FILE>', 'file that holds it')
    .option('--restricted', "give the user no superuser's rights")
    .option('--db-name <NAME>', 'database to make the user in; --dbname means the same')
    .addOption(new Option('--dbname <NAME>').hideHelp())
    .option('--id <ID>', 'id of the clone; the Engine makes one up otherwise')
    .option('--branch <NAME>', 'branch to clone; main otherwise')
    .option('--snapshot-id <ID>', 'snapshot to clone; the newest of the branch otherwise');
  addProtectedFlag(command, 'protect it against being destroyed');
  addExtraConfigFlag(command);
  command
    .option('-a, --async', 'do not wait')
    .addHelpText('after', ABOUT)
    .action((flags: Flags) => create(flags, command, run));
  addOutputFlag(command, 'lines for people');
  addEngineFlags(command);
}

async function create(flags: Flags, command: Command, run: Run): Promise<void> {
  const settled = settle(flags);
  const [{ withEngine }, { passwordFor }, { orderClone }] = await Promise.all([
    import('../engine/connection.ts'),
    import('./password.ts'),
    import('./order.ts'),
  ]);
  await withEngine(command, run, async (open) => {
    const password = await passwordFor(flags, run);
    const tell = (clone: CloneDocument) =>
      report(clone, password.isMade ? password.value : undefined, { command, open, run });
    const ordered = await orderClone({ ...settled, password: password.value }, open.requests, run);
    if (flags.async) return tell(ordered);
    const clone = await ready(ordered.id, open, run).catch(async (error: unknown) => {
      // The clone goes on, and nobody would know its password.
      if (password.isMade) await tell(ordered);
      throw error;
    });
    refuseFailed(clone);
    await tell(clone);
  });
}

/** Everything that can be wrong with the flags is said before a password is asked for. */
function settle(flags: Flags): Omit<CloneOrder, 'password'> {
  const { id, username, restricted, branch, snapshotId, extraConfig } = flags;
  return {
    id: id || undefined,
    username,
    restricted,
    dbName: flags.dbName ?? flags.dbname,
    branch,
    snapshotId: snapshotId || undefined,
    protection: flags.protected === undefined ? undefined : readProtectedFlag(flags.protected),
    settings: extraConfig ?? {},
  };
}

async function ready(id: string, open: OpenEngine, run: Run): Promise<CloneDocument> {
  const { watchClone } = await import('./watch.ts');
  const name = printable(id);
  const watched = {
    id,
    what: `clone ${name}`,
    unfinished: `Clone ${name} is not ready`,
    goesOn: `The Engine goes on making it: "dblab clone status ${name}" shows when it is ready, "dblab clone destroy ${name}" removes it.`,
  };
  const clone = await watchClone(watched, 'CREATING', open, run);
  if (clone === undefined) throw new Failure(`Clone ${name} was destroyed while it was being made.`);
  return clone;
}

function refuseFailed({ id, status }: CloneDocument): void {
  if (status.code === 'OK') return;
  const name = printable(id);
  const said = printable(status.message ?? '');
  const step = /free port/.test(said)
    ? 'All ports of provision.portPool in server.yml are taken: destroy clones that nobody needs ("dblab clone list"), or widen the pool.'
    : "The Engine's log says more.";
  throw new Failure(
    `Clone ${name} could not be created, the Engine says ${printable(status.code)}: ${said}. ${step} "dblab clone destroy ${name}" removes what is left.`,
  );
}

interface Telling {
  readonly command: Command;
  readonly open: OpenEngine;
  readonly run: Run;
}

async function report(
  clone: CloneDocument,
  made: Secret | undefined,
  { command, open, run }: Telling,
): Promise<void> {
  const { output = 'table' } = command.opts<OutputFlag>();
  if (output === 'table') {
    const [{ madeText }, { teleportLines }] = await Promise.all([
      import('./made.ts'),
      import('./teleport-lines.ts'),
    ]);
    run.stdout.write(
      madeText(clone, { password: made?.reveal(), teleport: teleportLines(clone, open, run) }),
    );
    return;
  }
  const { shownAlone } = await import('./view.ts');
  // The Engine leaves its own place for a password empty.
  const whole = made === undefined ? clone : { ...clone, db: { ...clone.db, password: made.reveal() } };
  await print(shownAlone(whole), command, run);
}
