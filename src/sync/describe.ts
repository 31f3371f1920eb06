import type { PlannedChange } from './change.ts';

/** One line per planned change, for people: what, where, why. */
export function describe({ change, reason, cloneId, diff }: PlannedChange): string {
  const of = cloneId === undefined ? '' : ` (clone ${JSON.stringify(cloneId)})`;
  if (change.action === 'create') return `create ${change.resource.kind}/${change.resource.name}${of}`;
  const name = `${change.current.kind}/${change.current.name}${of}`;
  if (change.action === 'delete') return `delete ${name}: ${reason}`;
  const fields = diff.map(
    (it) => `${it.field} ${JSON.stringify(it.actual ?? null)} -> ${JSON.stringify(it.wanted ?? null)}`,
  );
  return `update ${name}: ${fields.join(', ')}`;
}
