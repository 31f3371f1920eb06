import { randomBytes } from 'node:crypto';
import { type Command, InvalidArgumentError, Option } from 'commander';
import type { CloneDocument } from '../../engine/clones.ts';
import { EngineError } from '../../engine/error.ts';
import { printable } from '../../lib/printable.ts';
import { Secret } from '../../lib/secret.ts';
import type { OpenEngine } from '../engine/connection.ts';
import { addEngineFlags } from '../engine/flags.ts';
import { Failure, type Run } from '../host.ts';

interface Flags {
  readonly username: string;
  readonly password?: string;
  readonly dbName?: string;
  readonly dbname?: string;
  readonly id?: string;
  readonly branch?: string;
  readonly snapshotId?: string;
  readonly protected?: boolean;
  readonly async?: true;
}

const EXAMPLES = `
Examples:
  $ dblab clone create --username alice
  $ dblab clone create --username alice --dbname postgres --id my-clone --branch main`;

export function addCreate(noun: Command, run: Run): void {
  const command = noun
    .command('create')
    .description('Create a clone and wait until it accepts connections.')
    .requiredOption('--username <NAME>', 'database user to make')
    .option('--password <PASSWORD>', 'its password; without one a strong password is made and shown once')
    .option('--db-name <NAME>', 'database to make the user in; --dbname means the same')
    .addOption(new Option('--dbname <NAME>').hideHelp())
    .option('--id <ID>', 'id of the clone; the Engine makes one up otherwise')
    .option('--branch <NAME>', 'branch to clone; main otherwise')
    .option('--snapshot-id <ID>', 'snapshot to clone; the newest of the branch otherwise')
    .option('-p, --protected [true|false]', 'protect it against being destroyed', trueOrFalse)
    .option('-a, --async', 'do not wait')
    .addHelpText('after', EXAMPLES)
    .action((flags: Flags) => create(flags, command, run));
  addEngineFlags(command);
}

async function create(flags: Flags, command: Command, run: Run): Promise<void> {
  const [{ withEngine }, { readClone }] = await Promise.all([
    import('../engine/connection.ts'),
    import('../../engine/clones.ts'),
  ]);
  const made = flags.password === undefined ? randomBytes(24).toString('base64url') : undefined;
  const password = new Secret(flags.password ?? made ?? '');
  await withEngine(command, run, async (open) => {
    const { id } = await open.engine
      .createClone(requestOf(flags, password), run.signal)
      .catch(explainLostAnswer);
    if (!flags.async) await ready(id, open, run);
    run.stdout.write(shown(await readClone(id, open.requests, run.signal), made));
  });
}

function requestOf(flags: Flags, password: Secret) {
  const { username, id, branch, snapshotId, protected: isProtected } = flags;
  const dbName = flags.dbName ?? flags.dbname;
  return {
    username,
    password,
    ...(id !== undefined && { id }),
    ...(dbName !== undefined && { dbName }),
    ...(branch !== undefined && { branch }),
    ...(snapshotId !== undefined && { snapshotId }),
    ...(isProtected !== undefined && { protected: isProtected }),
  };
}

/** An order is never sent twice: whoever gave it must look before giving it again. */
function explainLostAnswer(error: unknown): never {
  if (error instanceof EngineError && error.code === 'timeout') {
    throw new Failure(
      `${error.message} The clone may have been created all the same: see "dblab clone list".`,
    );
  }
  throw error;
}

async function ready(id: string, { engine, waitMs }: OpenEngine, run: Run): Promise<void> {
  const { waitFor } = await import('../wait.ts');
  const look = async () => {
    const clone = await engine.clone(id, run.signal);
    return clone.status === 'CREATING' ? undefined : clone;
  };
  const name = printable(id);
  const clone = await waitFor(look, { what: `clone ${name}`, limitMs: waitMs, run });
  if (clone === undefined) {
    throw new Failure(
      `Clone ${name} is not ready after ${waitMs / 1_000} s. The Engine goes on: see "dblab clone list".`,
    );
  }
  if (clone.status !== 'OK') {
    throw new Failure(
      `Clone ${name} could not be created, the Engine says ${printable(clone.status)}: ${printable(clone.message)}. Its log says more; "dblab clone destroy ${name}" removes what is left.`,
    );
  }
}

function shown(clone: CloneDocument, madePassword: string | undefined): string {
  const lines: [string, string | undefined | null][] = [
    ['ID', clone.id],
    ['Branch', clone.branch],
    ['Snapshot', clone.snapshot?.id],
    ['Connection string', clone.db?.connStr],
  ];
  if (madePassword !== undefined) lines.push(['Password', `${madePassword}   (shown this once)`]);
  return `${lines.map(([name, value]) => `${`${name}:`.padEnd(20)}${printable(value ?? '')}`).join('\n')}\n\n`;
}

function trueOrFalse(value: string): boolean {
  if (value === 'true' || value === '') return true;
  if (value === 'false') return false;
  throw new InvalidArgumentError('It must be true or false.');
}
