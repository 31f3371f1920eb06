import { stringify } from 'yaml';

/** A value in full, also where a part of it comes twice. */
export function yamlOf(value: unknown): string {
  return stringify(value, { aliasDuplicateObjects: false });
}
