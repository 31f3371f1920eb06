import { ownLabels } from '../teleport/label.ts';
import type { Resource } from '../teleport/resource.ts';

/** One field that we own and that is not as it should be. An absent value is undefined. */
export interface FieldDiff {
  readonly field: string;
  readonly actual: string | undefined;
  readonly wanted: string | undefined;
}

/** Compares only what we write: Teleport's own labels, descriptions and the like are nobody's drift. */
export function diff(actual: Resource, wanted: Resource): FieldDiff[] {
  const before = ownedFields(actual);
  const after = ownedFields(wanted);
  return [...new Set([...before.keys(), ...after.keys()])]
    .filter((field) => before.get(field) !== after.get(field))
    .sort()
    .map((field) => ({ field, actual: before.get(field), wanted: after.get(field) }));
}

function ownedFields(resource: Resource): Map<string, string> {
  const fields = new Map<string, string>([['uri', resource.uri]]);
  for (const [key, value] of Object.entries(ownLabels(resource.labels))) fields.set(`labels.${key}`, value);
  if (resource.kind === 'app') return fields.set('insecure_skip_verify', String(resource.insecureSkipVerify));
  return fields.set('protocol', resource.protocol).set('tls.mode', resource.tlsMode);
}
