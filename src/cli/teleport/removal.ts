import { printable } from '../../lib/printable.ts';
import { type Resource, reference } from '../../teleport/resource.ts';
import type { Outcome, Teleport } from '../../teleport/teleport.ts';
import type { Run } from '../host.ts';

export interface Removal {
  readonly left: readonly Resource[];
  /** Why, each reason once. */
  readonly reasons: readonly string[];
}

/** So many are asked for together: an interrupt takes effect in between. */
const TOGETHER = 16;

/** Removes them bit by bit, until all are gone, a bit fails as a whole, or the process is asked to end. */
export async function removeAll(
  resources: readonly Resource[],
  teleport: Teleport,
  { signal, stderr }: Run,
): Promise<Removal> {
  const left = new Set(resources);
  const reasons = new Set<string>();
  const show = (text: string) => stderr.isTTY === true && stderr.write(`\r\u001b[K${text}`);
  for (let start = 0; start < resources.length && !signal.aborted; start += TOGETHER) {
    show(`Removed ${resources.length - left.size} of ${resources.length}`);
    const batch = resources.slice(start, start + TOGETHER);
    // Not given the signal: what is under way ends, so that it is known what is left.
    const outcomes = await teleport.apply(batch.map((current) => ({ action: 'delete', current })));
    batch.forEach((resource, index) => {
      const failure = failureOf(outcomes[index]);
      if (failure === undefined) left.delete(resource);
      else reasons.add(failure);
    });
    if (batch.every((resource) => left.has(resource))) break;
  }
  show('');
  return { left: [...left], reasons: [...reasons] };
}

/** What somebody else removed meanwhile is gone as well. */
function failureOf(outcome: Outcome | undefined): string | undefined {
  if (outcome === undefined || outcome.ok || outcome.error.code === 'not-found') return undefined;
  return outcome.error.message;
}

/** Longer than lists lag, and than a sidecar that is told of changes takes to mend them. */
const QUIET_LOOKS = 6;
const MOST_LOOKS = 10;
const PAUSE_MS = 500;

/** What `list` still shows once it has had time to: nothing, unless somebody registers it anew. */
export async function whatComesBack(
  list: () => Promise<readonly Resource[]>,
  { clock, signal }: Run,
): Promise<readonly Resource[]> {
  let shown: readonly Resource[] = [];
  for (let looks = 0, quiet = 0; looks < MOST_LOOKS && quiet < QUIET_LOOKS; looks += 1) {
    await clock.sleep(PAUSE_MS, signal);
    signal.throwIfAborted();
    shown = await list();
    if (shown.length === 0) quiet += 1;
    else if (quiet > 0) return shown;
  }
  return shown;
}

const NAMED = 5;

export function named(resources: readonly Resource[]): string {
  const names = resources.slice(0, NAMED).map((resource) => printable(reference(resource)));
  const more = resources.length - names.length;
  return names.join(', ') + (more > 0 ? ` and ${more} more` : '');
}
