import type { Command } from 'commander';
import type { Examined } from '../../checks/examine.ts';
import { CHECKS } from '../../checks/list.ts';
import type { SiteConfig } from '../../config/site.ts';
import { nearest } from '../../lib/nearest.ts';
import { printable } from '../../lib/printable.ts';
import type { StepId } from '../../setup/step.ts';
import { type Run, UsageError } from '../host.ts';
import { onSite, siteConfigOf } from './site.ts';
import { tell } from './telling.ts';

export interface Wish {
  readonly only: readonly string[] | undefined;
  readonly fix: boolean | undefined;
  readonly yes: boolean | undefined;
  readonly format: string | undefined;
}

/** Examines, tells, mends where that was asked for; resolves with whether nothing has failed at the end. */
export async function diagnose(command: Command, wish: Wish, run: Run): Promise<boolean> {
  const only = new Set(wish.only ?? []);
  for (const id of only) refuseUnknown(id);
  const config = await siteConfigOf(command, run);
  const found = await onSite(config, run, (site) => tell(site, only, wish, run));
  const broken = found.filter(({ verdict }) => verdict === 'fail');
  if (!wish.fix || broken.length === 0) return broken.length === 0;
  return mend(broken, { config, only, wish, run });
}

function refuseUnknown(id: string): void {
  const ids = CHECKS.map((check) => check.id);
  if (ids.includes(id)) return;
  const near = nearest(id, ids);
  throw new UsageError(
    `There is no check ${JSON.stringify(printable(id))}.${near === undefined ? '' : ` Did you mean ${near}?`} ` +
      `There are: ${ids.join(', ')}.`,
  );
}

interface Case {
  readonly config: SiteConfig;
  readonly only: ReadonlySet<string>;
  readonly wish: Wish;
  readonly run: Run;
}

async function mend(broken: readonly Examined[], { config, only, wish, run }: Case): Promise<boolean> {
  const ids = new Set(broken.map(({ id }) => id));
  const steps = new Set(
    CHECKS.filter(({ id }) => ids.has(id)).flatMap(({ fix }): StepId[] => (fix ? [fix] : [])),
  );
  if (steps.size === 0) {
    run.stderr.write('Nothing of this can be mended by a program: see what each check says.\n');
    return false;
  }
  const { install } = await import('./installation.ts');
  await install(config, { identityBy: 'tbot', yes: wish.yes ?? false, steps }, run);
  const again = await onSite(config, run, (site) => tell(site, only, wish, run));
  return again.every(({ verdict }) => verdict !== 'fail');
}
