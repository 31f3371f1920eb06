import { ownLabels } from '../teleport/label.ts';
import type { Resource } from '../teleport/resource.ts';

/** One field that we own and that is not as it should be. An absent value is undefined. */
export interface FieldDiff {
  readonly field: string;
  readonly actual: string | undefined;
  readonly wanted: string | undefined;
}

export const EXPIRES = 'expires';

/**
 * Compares only what we write: Teleport's own labels, descriptions and the like are nobody's drift. With a
 * lease, an expiry is as wanted while more than half of it is left: each renewal makes agents start anew.
 */
export function diff(actual: Resource, wanted: Resource, leaseMs = 0): FieldDiff[] {
  const before = ownedFields(actual, expiryOf(actual, wanted, leaseMs));
  const after = ownedFields(wanted, wanted.expires);
  return [...new Set([...before.keys(), ...after.keys()])]
    .filter((field) => before.get(field) !== after.get(field))
    .sort()
    .map((field) => ({ field, actual: before.get(field), wanted: after.get(field) }));
}

/** The actual expiry, or the wanted one where it is near enough. */
function expiryOf(actual: Resource, wanted: Resource, leaseMs: number): number | undefined {
  if (actual.expires === undefined || wanted.expires === undefined) return actual.expires;
  const short = wanted.expires - actual.expires;
  return short >= 0 && short < leaseMs / 2 ? wanted.expires : actual.expires;
}

function ownedFields(resource: Resource, expires: number | undefined): Map<string, string> {
  const fields = new Map<string, string>([['uri', resource.uri]]);
  if (expires !== undefined) fields.set(EXPIRES, new Date(expires).toISOString());
  for (const [key, value] of Object.entries(ownLabels(resource.labels))) fields.set(`labels.${key}`, value);
  if (resource.kind === 'app') return fields.set('insecure_skip_verify', String(resource.insecureSkipVerify));
  return fields.set('protocol', resource.protocol).set('tls.mode', resource.tlsMode);
}
