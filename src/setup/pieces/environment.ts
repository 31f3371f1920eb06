import type { SiteConfig } from '../../config/site.ts';
import { siteOptions } from '../../config/site-options.ts';
import { formatAddress } from '../../lib/address.ts';

export const ENVIRONMENT_HEAD =
  '# Read by dblab-teleport-sidecar.service, and by dblab teleport setup and doctor. Holds secrets: mode 0600.\n';

/** What `serve` has no default for, or another one. */
const OF_SERVE: ReadonlySet<string> = new Set(['identityFile', 'listen']);

/**
 * The variables of the sidecar, and of setup and doctor so that they find them the next time. What is as usual
 * is left out, unless `there` says otherwise at present.
 */
export function environmentVariables(
  config: SiteConfig,
  identity: string,
  there: Readonly<Record<string, string>>,
): Record<string, string> {
  const values: Partial<Record<keyof typeof siteOptions, string | undefined>> = {
    environmentId: config.environmentId,
    proxy: config.proxy,
    identityFile: identity,
    listen: formatAddress(config.listen),
    tlsCert: config.tls?.cert,
    tlsKey: config.tls?.key,
    dblabUrl: config.dblabUrl,
    statusAddress: formatAddress(config.statusAddress),
    transport: config.transport,
    tctlPath: config.tctlPath,
    caFile: config.caFile,
    cloneHost: config.cloneHost,
    userLabel: config.userLabel,
    appUri: config.app === undefined || config.app.uri === config.dblabUrl ? undefined : config.app.uri,
    noApp: config.app === undefined ? 'true' : undefined,
    leaseMs: config.leaseMs === undefined ? undefined : `${config.leaseMs / 60_000}m`,
    labels:
      Object.entries(config.labels)
        .map((label) => label.join('='))
        .join(',') || undefined,
    serverYml: config.serverYml,
    teleportYaml: config.teleportYaml,
    certsFolder: config.certsFolder,
    webhookHost: config.webhookHost,
    engineContainer: config.engineContainer,
    postgresUid: String(config.postgresUid),
    dblabToken: config.dblabToken.reveal(),
    webhookSecrets: config.webhookSecrets.map((secret) => secret.reveal()).join('\n'),
  };
  const variables: Record<string, string> = {};
  for (const [option, value] of Object.entries(values) as [keyof typeof siteOptions, string | undefined][]) {
    const { env, default: usual } = siteOptions[option] as {
      readonly env: string;
      readonly default?: string;
    };
    if (value !== undefined && (value !== usual || OF_SERVE.has(option) || env in there))
      variables[env] = value;
  }
  return variables;
}
