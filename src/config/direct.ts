import { readOptions, type Sources } from './read.ts';
import type { ServeConfig } from './serve.ts';
import { appOf, contradictions } from './serve.ts';
import { directOptions } from './status-options.ts';

/** How to look at Engine and Teleport without a sidecar. */
export type DirectConfig = Pick<
  ServeConfig,
  | 'environmentId'
  | 'dblabUrl'
  | 'dblabToken'
  | 'proxy'
  | 'identityFile'
  | 'caFile'
  | 'transport'
  | 'tctlPath'
  | 'cloneHost'
  | 'labels'
  | 'userLabel'
  | 'app'
  | 'leaseMs'
>;

export type ParsedDirectConfig =
  | { readonly ok: true; readonly config: DirectConfig; readonly warnings: readonly string[] }
  | { readonly ok: false; readonly problems: readonly string[] };

/** Reads it whole, or names every problem at once; no message holds a secret. */
export function parseDirectConfig(sources: Sources): ParsedDirectConfig {
  const { values, problems, warnings } = readOptions(directOptions, sources);
  const all = [...problems, ...contradictions(sources)];
  if (all.length > 0) return { ok: false, problems: all };
  const { appUri, noApp, ...rest } = values;
  return { ok: true, config: { ...rest, labels: rest.labels ?? {}, app: appOf(values) }, warnings };
}
