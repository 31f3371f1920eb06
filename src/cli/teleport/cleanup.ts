import type { Command } from 'commander';
import { cleanupOptions } from '../../config/cleanup-options.ts';
import { printable } from '../../lib/printable.ts';
import { openTeleport } from '../../teleport/open.ts';
import { type Resource, reference } from '../../teleport/resource.ts';
import type { Teleport } from '../../teleport/teleport.ts';
import { confirm } from '../confirm.ts';
import { Failure, type Run, UsageError } from '../host.ts';
import { addOutputFlag, print } from '../output.ts';
import { plainLog } from '../plain-log.ts';
import { addFlags, readFlags } from './flags.ts';
import { findLeftovers, hostsOf, type Leftovers, shownLeftovers } from './leftovers.ts';
import { named, removeAll, whatComesBack } from './removal.ts';

const ABOUT = `
For an environment that was renamed or retired: a sidecar that runs no more cannot remove what it registered.
Only what a sidecar made for this very environment is removed; running it again does no harm.

Examples:
  $ dblab teleport cleanup --environment-id old --dry-run    show what would be removed
  $ dblab teleport cleanup --environment-id old              show it, ask, then remove
  $ dblab teleport cleanup --environment-id old --yes        remove without asking

Exit codes: 0 nothing of it is left, 1 something is, 2 wrong usage.`;

export function addCleanup(noun: Command, run: Run): void {
  const command = noun
    .command('cleanup')
    .description('Remove from Teleport what an environment left behind there.')
    .addHelpText('after', ABOUT)
    .action(() => cleanup(command, run));
  addFlags(command, cleanupOptions);
  addOutputFlag(command);
}

type Values = ReturnType<typeof readFlags<typeof cleanupOptions>>['values'];

async function cleanup(command: Command, run: Run): Promise<void> {
  const { values } = readFlags(cleanupOptions, command, run);
  const { env, clock, stderr } = run;
  const teleport = await openTeleport(values.transport, { ...values, env, clock, log: plainLog(stderr) });
  try {
    const found = await findLeftovers(teleport, values.environmentId, run.signal);
    await print(shownLeftovers(found, nothing(values)), command, run);
    if (found.resources.length === 0) return sayNothing(found, values, run);
    await warn(found, values, run);
    if (values.dryRun) return;
    if (!values.yes) await ask(found, values, run);
    // A person may have taken their time: what they were shown, as far as it is still there and ours.
    const shown = new Set(found.resources.map(reference));
    const now = values.yes ? found : await findLeftovers(teleport, values.environmentId, run.signal);
    const resources = now.resources.filter((resource) => shown.has(reference(resource)));
    await remove(resources, { teleport, values, run });
  } finally {
    await teleport.close();
  }
}

function nothing({ environmentId }: Values): string {
  return `Nothing of environment ${environmentId} is in Teleport.`;
}

/** A role that may see nothing looks like a Teleport that holds nothing, and so does a mistyped id. */
function sayNothing({ environments }: Leftovers, values: Values, { stdout, stderr }: Run): void {
  if (!stdout.isTTY) stderr.write(`${nothing(values)}\n`);
  const others = environments.map(printable).join(', ');
  stderr.write(
    others === ''
      ? 'No environment has anything there that the role of this identity may see.\n'
      : `Environments that have something there: ${others}.\n`,
  );
}

/** Signs of life. */
async function warn({ resources, servers }: Leftovers, values: Values, { stderr }: Run): Promise<void> {
  const served = resources.filter((resource) => hostsOf(resource, servers).length > 0);
  if (served.length > 0) {
    const hosts = [...new Set(served.flatMap((resource) => hostsOf(resource, servers)))];
    stderr.write(
      `Agents on ${hosts.map(printable).join(', ')} serve ${served.length} of them: people may be connected.\n`,
    );
  }
  if (resources.some((resource) => resource.expires !== undefined)) {
    stderr.write(
      `WARNING: a lease has not run out yet, so a sidecar of environment ${values.environmentId} was at work ` +
        'lately. If it still runs it registers everything again: stop it first. Otherwise Teleport removes ' +
        'what has a lease by itself.\n',
    );
  }
}

async function ask({ resources }: Leftovers, values: Values, run: Run): Promise<void> {
  if (run.terminal === undefined) {
    throw new UsageError(
      `There is no terminal to ask on. Give --yes to remove these ${resources.length}, or --dry-run to only look.`,
    );
  }
  const question = `Remove ${resources.length} registrations of environment ${values.environmentId}?`;
  if (!(await confirm(question, run))) throw new Failure('Nothing was removed.');
}

interface Parts {
  readonly teleport: Teleport;
  readonly values: Values;
  readonly run: Run;
}

async function remove(resources: readonly Resource[], { teleport, values, run }: Parts): Promise<void> {
  const { stderr, signal } = run;
  const { left, reasons } = await removeAll(resources, teleport, run);
  stderr.write(`Removed ${resources.length - left.length} of ${resources.length}.\n`);
  if (left.length > 0) {
    const why = signal.aborted && reasons.length === 0 ? 'Interrupted.' : reasons.join('\n');
    throw new Failure(`Left: ${named(left)}.\n${why}\nRun the same command again to remove them.`);
  }
  const list = async () => (await findLeftovers(teleport, values.environmentId, signal)).resources;
  const back = await whatComesBack(list, run);
  if (back.length > 0) throw new Failure(comeBack(back, values));
  stderr.write(`${nothing(values)}\n`);
}

function comeBack(back: readonly Resource[], { environmentId }: Values): string {
  return (
    `They come back: ${named(back)}. A sidecar of environment ${environmentId} runs somewhere and registers ` +
    'them again. Stop it (systemctl stop, on the host of its Engine), then run the same command again.'
  );
}
