import { join } from 'node:path';
import type { Address } from '../lib/address.ts';
import type { Secret } from '../lib/secret.ts';
import type { DirectConfig } from './direct.ts';
import { readOptions, type Sources } from './read.ts';
import { appOf, contradictions, halves, type ServeConfig, tlsOf } from './serve.ts';
import { siteOptions } from './site-options.ts';

/**
 * An installation on the Engine's host, as it is or as it is to be. Paths are those that the host's own
 * programs use; where a folder stands for the host's root, it is put before them when a file is touched.
 */
export interface SiteConfig extends DirectConfig {
  /** None where only the installed pieces know them. */
  readonly webhookSecrets: readonly Secret[];
  readonly listen: Address;
  readonly tls: ServeConfig['tls'];
  readonly statusAddress: Address;
  readonly certsFolder: string;
  readonly serverYml: string;
  readonly teleportYaml: string;
  readonly webhookHost: string;
  readonly engineContainer: string;
  readonly postgresUid: number;
  readonly adminIdentity: string | undefined;
  readonly root: string;
}

export type ParsedSiteConfig =
  | { readonly ok: true; readonly config: SiteConfig; readonly warnings: readonly string[] }
  | { readonly ok: false; readonly problems: readonly string[] };

const SERVER_YML = '.dblab/engine/configs/server.yml';

/** Reads it whole, or names every problem at once; no message holds a secret. `home` is the person's. */
export function parseSiteConfig(sources: Sources, home: string): ParsedSiteConfig {
  const { values, problems, warnings } = readOptions(siteOptions, sources);
  const all = [...problems, ...contradictions(sources), ...halves(values)];
  if (all.length > 0) return { ok: false, problems: all };
  const { appUri, noApp, tlsCert: _cert, tlsKey: _key, ...rest } = values;
  const config = {
    ...rest,
    webhookSecrets: rest.webhookSecrets ?? [],
    labels: rest.labels ?? {},
    serverYml: rest.serverYml ?? join(home, SERVER_YML),
    app: appOf(values),
    tls: tlsOf(values),
  };
  return { ok: true, config, warnings };
}
