import picocolors from 'picocolors';
import type { SiteConfig } from '../../config/site.ts';
import { carryOut } from '../../setup/carry-out.ts';
import { type Change, titleOf } from '../../setup/change.ts';
import { type Plan, planSetup } from '../../setup/plan.ts';
import { printFiles } from '../../setup/print.ts';
import { withWebhookSecret } from '../../setup/secret.ts';
import { type Choices, SetupError, type StepId } from '../../setup/step.ts';
import type { Site } from '../../site/site.ts';
import { TeleportError } from '../../teleport/error.ts';
import { confirm } from '../confirm.ts';
import { Failure, type Run, UsageError } from '../host.ts';
import { shownPlan } from './plan-view.ts';
import { onSite } from './site.ts';
import { tell } from './telling.ts';

export interface Order extends Choices {
  readonly yes: boolean;
  readonly dryRun?: boolean;
  readonly print?: string | undefined;
  /** All, unless some are named; then nothing is checked afterwards. */
  readonly steps?: ReadonlySet<StepId>;
}

/**
 * Plans, shows, asks, carries out, and checks. Resolves with whether everything that could be made is made.
 * Throws a `Failure` where that was stopped half-way: running it again goes on from there.
 */
export async function install(asked: SiteConfig, order: Order, run: Run): Promise<boolean> {
  const config = await withWebhookSecret(asked);
  const made = await onSite(config, run, (site) => make(site, order, run));
  if (!made.isChanged || order.steps !== undefined) return made.isWhole;
  run.stdout.write('\nHow it stands now:\n\n');
  const found = await onSite(config, run, (site) => tell(site, new Set(), { isBrief: true }, run));
  showRemains(made.plan, run);
  const failed = found.filter(({ verdict }) => verdict === 'fail');
  if (failed.length > 0 && made.plan.remains.length === 0) run.stdout.write('\nSee what failed above.\n');
  return made.isWhole;
}

interface Made {
  readonly plan: Plan;
  readonly isChanged: boolean;
  readonly isWhole: boolean;
}

async function make(site: Site, order: Order, run: Run): Promise<Made> {
  const { stdout } = run;
  const { steps: wanted } = order;
  const plan = await planSetup(site, order, (id) => wanted?.has(id) ?? true);
  const changes = plan.steps.flatMap((step) => step.changes);
  const isWhole = plan.steps.every(({ problem }) => problem === undefined);
  stdout.write(shownPlan(plan, site, stdout.isTTY === true));
  if (order.print !== undefined) {
    const written = await printFiles(changes, order.print);
    stdout.write(`\nWritten below ${order.print}: ${written.length} files. Nothing else was touched.\n`);
    const typed = changes.flatMap((change) => (change.kind === 'cluster' ? [`  ${change.byHand}\n`] : []));
    if (typed.length > 0)
      stdout.write(`In ${order.print}/teleport, an administrator types:\n${typed.join('')}`);
  }
  if (changes.length === 0 || order.print !== undefined || order.dryRun) {
    if (changes.length === 0)
      stdout.write(isWhole ? '\nNothing to change: all is as it has to be.\n' : '\nNothing was changed.\n');
    else if (order.dryRun) stdout.write('\nA dry run: nothing was changed.\n');
    showRemains(plan, run);
    return { plan, isChanged: false, isWhole };
  }
  if (!order.yes) await ask(changes, run);
  await carryOutAll(plan, site, run);
  return { plan, isChanged: true, isWhole };
}

async function ask(changes: readonly Change[], run: Run): Promise<void> {
  if (run.terminal === undefined) {
    throw new UsageError(
      'There is no terminal to ask on. Give --yes to make these changes, or --dry-run to only look.',
    );
  }
  const count = changes.length === 1 ? 'this change' : `these ${changes.length} changes`;
  if (!(await confirm(`Make ${count}?`, run))) throw new Failure('Nothing was changed.');
}

/** A step that fails ends there; the others go on, for they may be what a person waits for. */
async function carryOutAll({ steps }: Plan, site: Site, run: Run): Promise<void> {
  const stamp = new Date(run.clock.now()).toISOString().replace(/\D/g, '');
  run.stdout.write('\n');
  const failures: string[] = [];
  for (const { changes } of steps) {
    const failure = await carryOutStep(changes, { site, stamp, run });
    if (failure !== undefined) failures.push(failure);
  }
  if (failures.length > 0) {
    throw new Failure(
      `${failures.join('\n')}\nWhat is done is done: run the same command again for the rest.`,
    );
  }
}

interface Work {
  readonly site: Site;
  readonly stamp: string;
  readonly run: Run;
}

/** Answers why it ended, if it ended early. */
async function carryOutStep(
  changes: readonly Change[],
  { site, stamp, run: { stdout, signal } }: Work,
): Promise<string | undefined> {
  const colours = picocolors.createColors(stdout.isTTY === true && picocolors.isColorSupported);
  const interrupted = new Failure('Interrupted. Run it again to go on from here.');
  for (const change of changes) {
    if (signal.aborted) throw interrupted;
    try {
      await carryOut(change, site, stamp);
      stdout.write(`${colours.green('✓')} ${titleOf(change)}\n`);
    } catch (error) {
      if (signal.aborted) throw interrupted;
      if (!(error instanceof SetupError || error instanceof TeleportError)) throw error;
      stdout.write(`${colours.red('✗')} ${titleOf(change)}\n`);
      return error.message;
    }
  }
  return undefined;
}

function showRemains({ remains, steps }: Plan, { stdout }: Run): void {
  const left = [...new Set([...steps.flatMap(({ problem }) => problem ?? []), ...remains])];
  if (left.length === 0) return;
  stdout.write(
    `\nLeft for you, in this order:\n${left.map((it, index) => `  ${index + 1}. ${it}\n`).join('')}`,
  );
}
