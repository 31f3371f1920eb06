import { type Examined, examine } from '../../checks/examine.ts';
import type { Site } from '../../site/site.ts';
import type { Run } from '../host.ts';
import { verdictLines } from './verdict.ts';

export interface Manner {
  readonly format?: string | undefined;
  /** Only what is not as it should be. */
  readonly isBrief?: boolean;
}

/** Examines everything and tells of it: line by line as it comes, or as one document. */
export async function tell(
  site: Site,
  only: ReadonlySet<string>,
  { format, isBrief = false }: Manner,
  { stdout }: Pick<Run, 'stdout'>,
): Promise<Examined[]> {
  const found: Examined[] = [];
  const isDocument = format === 'json' || format === 'yaml';
  for await (const examined of examine(site, only)) {
    found.push(examined);
    const isHidden = isBrief ? !isWrong(examined) : examined.because !== undefined && only.size === 0;
    if (!isDocument && !isHidden) stdout.write(verdictLines(examined, stdout.isTTY === true));
  }
  if (isDocument) stdout.write(await documentOf(found, format));
  else stdout.write(summaryOf(found));
  return found;
}

function isWrong({ verdict }: Examined): boolean {
  return verdict === 'fail' || verdict === 'warn';
}

async function documentOf(checks: readonly Examined[], format: string): Promise<string> {
  const value = { ok: checks.every(({ verdict }) => verdict !== 'fail'), checks };
  if (format === 'json') return `${JSON.stringify(value, null, 4)}\n`;
  const { yamlOf } = await import('../yaml.ts');
  return yamlOf(value);
}

function summaryOf(found: readonly Examined[]): string {
  const count = (verdict: string) => found.filter((it) => it.verdict === verdict).length;
  const blocked = found.filter(({ because }) => because !== undefined).map(({ id }) => id);
  const notSeen =
    blocked.length === 0 ? '' : `Not looked at because of what failed: ${blocked.join(', ')}.\n`;
  return (
    `\n${notSeen}${count('pass')} passed, ${count('warn')} with a warning, ${count('fail')} failed, ` +
    `${count('skipped')} skipped.\n`
  );
}
