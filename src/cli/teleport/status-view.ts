import picocolors from 'picocolors';
import type { Picture } from '../../inspect.ts';
import { printable } from '../../lib/printable.ts';
import type { Run } from '../host.ts';
import type { Shown } from '../output.ts';

/** A picture and where it is from. */
export interface Seen {
  readonly picture: Picture;
  readonly source: Source;
}

export type Source =
  | { readonly kind: 'sidecar'; readonly address: string }
  /** With the reason why not from a sidecar, as a sentence. */
  | { readonly kind: 'direct'; readonly because: string };

/** The verdict first, then what to do, then the rest: somebody may have been woken up for it. */
export function shownStatus(seen: Seen, run: Pick<Run, 'env' | 'stdout'>): Shown {
  const { picture, source } = seen;
  return {
    lead: headline(seen, run),
    value: { ...picture, source },
    head: ['Clone', 'Status', 'Port', 'Standing', 'In Teleport as', 'Served by'],
    rows: picture.clones.map(({ id, status, port, standing, name, servedBy }) => [
      id,
      status,
      port ?? '-',
      standing,
      name ?? '-',
      servedBy === null ? 'not known' : servedBy.join(', ') || 'nobody',
    ]),
    empty: picture.lookedAt === null ? 'Which clones there are is not known.' : 'There are no clones.',
  };
}

function headline({ picture, source }: Seen, { env, stdout }: Pick<Run, 'env' | 'stdout'>): string {
  const { green, red } = picocolors.createColors(stdout.isTTY === true && !env['NO_COLOR']);
  const { inStep, troubles, due, environment } = picture;
  const lines = [
    inStep ? green(`✓ ${verdict(picture)}`) : red(`✗ ${verdict(picture)}`),
    ...troubles.map((trouble) => `  ${printable(trouble)}`),
    ...(due.length > 0 && source.kind === 'direct' ? [NOBODY] : []),
    ...due.slice(0, MOST_DUE).map((change) => `  due: ${printable(change)}`),
    ...(due.length > MOST_DUE ? [`  and ${due.length - MOST_DUE} more`] : []),
    `Environment ${printable(environment)}, ${whence(source, picture)}`,
    '',
  ];
  return lines.join('\n');
}

const MOST_DUE = 10;
const NOBODY =
  '  Nobody is known to make the changes that are due: start the sidecar (dblab teleport serve).';

/** In a few words. */
export function verdict({ inStep, lookedAt, clones, due }: Picture): string {
  if (lookedAt === null) return 'Not known whether all is in step.';
  const registered = clones.filter((clone) => clone.standing === 'registered').length;
  const count = `${registered} of ${clones.length} clones registered`;
  if (inStep) return `In step: ${count}.`;
  const changes = due.length === 0 ? '' : `, ${due.length} ${due.length === 1 ? 'change' : 'changes'} due`;
  return `Not in step: ${count}${changes}.`;
}

function whence(source: Source, picture: Picture): string {
  const transport = printable(picture.transport);
  if (source.kind === 'sidecar') return `as its sidecar at ${source.address} sees it (by ${transport}).`;
  return `read from the Engine and Teleport (by ${transport}). ${source.because}`;
}
