import type { cleanupOptions } from '../../config/cleanup-options.ts';
import { askSidecar } from '../../inspect.ts';
import { formatAddress } from '../../lib/address.ts';
import { printable } from '../../lib/printable.ts';
import { openTeleport } from '../../teleport/open.ts';
import { type Resource, reference } from '../../teleport/resource.ts';
import type { Teleport } from '../../teleport/teleport.ts';
import { confirm } from '../confirm.ts';
import { Failure, type Run, UsageError } from '../host.ts';
import type { Shown } from '../output.ts';
import { plainLog } from '../plain-log.ts';
import type { readFlags } from './flags.ts';
import { findLeftovers, hostsOf, type Leftovers, shownLeftovers } from './leftovers.ts';
import { named, removeAll, whatComesBack } from './removal.ts';

type Values = ReturnType<typeof readFlags<typeof cleanupOptions>>['values'];

/** Shows what there is, asks, removes it and makes sure that it stays away. Throws a `Failure` where something is left. */
export async function cleanUp(
  values: Values,
  show: (shown: Shown) => Promise<void>,
  run: Run,
): Promise<void> {
  const { env, clock, stderr } = run;
  const teleport = await openTeleport(values.transport, { ...values, env, clock, log: plainLog(stderr) });
  try {
    const found = await findLeftovers(teleport, values.environmentId, run.signal);
    await show(shownLeftovers(found, nothing(values)));
    if (found.resources.length === 0) return sayNothing(found, values, run);
    await warn(found, values, run);
    if (values.dryRun) return void stderr.write('A dry run: nothing was removed.\n');
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
async function warn({ resources, servers }: Leftovers, values: Values, run: Run): Promise<void> {
  const { stderr, clock, signal } = run;
  const { environmentId: environment, statusAddress: address } = values;
  const served = resources.filter((resource) => hostsOf(resource, servers).length > 0);
  if (served.length > 0) {
    const hosts = [...new Set(served.flatMap((resource) => hostsOf(resource, servers)))];
    stderr.write(
      `Agents on ${hosts.map(printable).join(', ')} serve ${served.length} of them: people may be connected.\n`,
    );
  }
  const sidecar = await askSidecar({ address, environment, clock }, signal);
  if (sidecar.ok) {
    stderr.write(
      `WARNING: the sidecar of environment ${environment} runs: it answers at ${formatAddress(address)} ` +
        '(--status-addr). Stop it first, or it registers everything again at once.\n',
    );
  }
  if (resources.some((resource) => resource.expires !== undefined)) {
    stderr.write(
      `WARNING: a lease has not run out yet, so a sidecar of environment ${environment} was at work ` +
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
  const count = resources.length === 1 ? '1 registration' : `${resources.length} registrations`;
  const question = `Remove ${count} of environment ${values.environmentId} from Teleport?`;
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
