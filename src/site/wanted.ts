/** How the pieces of an installation have to fit together: what setup writes and checks look for. Pure. */
import type { SiteConfig } from '../config/site.ts';
import { formatAddress } from '../lib/address.ts';
import { LABEL } from '../teleport/label.ts';
import type { Labels } from '../teleport/resource.ts';
import { CERTS_IN_CLONE } from './places.ts';

export const WEBHOOK_PATH = '/teleport-sync';
export const WEBHOOK_TRIGGERS = ['clone_create', 'clone_delete', 'clone_reset'] as const;
/** Without these two, clones are found late. */
export const NEEDED_TRIGGERS = ['clone_create', 'clone_delete'] as const;

/** PostgreSQL's settings that let Teleport's agents in: the guide's. */
export const TLS_SETTINGS = {
  ssl: 'on',
  ssl_cert_file: `${CERTS_IN_CLONE}/server.crt`,
  ssl_key_file: `${CERTS_IN_CLONE}/server.key`,
  ssl_ca_file: `${CERTS_IN_CLONE}/teleport-ca.crt`,
} as const;

export function certificateFiles({ certsFolder }: Pick<SiteConfig, 'certsFolder'>) {
  return {
    certificate: `${certsFolder}/server.crt`,
    key: `${certsFolder}/server.key`,
    clientCa: `${certsFolder}/teleport-ca.crt`,
  };
}

/** What is mounted into clones, as a flag of Docker. */
export function certsVolume({ certsFolder }: Pick<SiteConfig, 'certsFolder'>): string {
  return `${certsFolder}:${CERTS_IN_CLONE}:ro`;
}

/** Where the Engine's container finds the sidecar. */
export function webhookUrl({
  webhookHost,
  listen,
  tls,
}: Pick<SiteConfig, 'webhookHost' | 'listen' | 'tls'>): string {
  return `${tls ? 'https' : 'http'}://${formatAddress({ host: webhookHost, port: listen.port })}${WEBHOOK_PATH}`;
}

/** What an agent of this environment looks for. */
export function agentLabels({ environmentId }: Pick<SiteConfig, 'environmentId'>): Labels {
  return { [LABEL.dblab]: 'true', [LABEL.environment]: environmentId };
}

export function isCloud({ proxy }: Pick<SiteConfig, 'proxy'>): boolean {
  return /\.teleport\.sh:\d+$/i.test(proxy);
}

export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127\.\d+\.\d+\.\d+$/.test(host);
}
