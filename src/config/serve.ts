import type { Address } from '../lib/address.ts';
import type { LogFormat, LogLevel } from '../lib/log.ts';
import type { Secret } from '../lib/secret.ts';
import { readOptions, type Sources } from './read.ts';
import { serveOptions } from './serve-options.ts';
import type { Transport } from './transport.ts';

/**
 * What `dblab teleport serve` was asked to do: whole, checked and frozen. Made once, at the edge; nobody
 * below it looks at arguments or variables again, and nothing here touches the network.
 */
export interface ServeConfig {
  readonly environmentId: string;
  /** `host:port` */
  readonly proxy: string;
  readonly identityFile: string;
  readonly caFile: string | undefined;
  readonly transport: Transport;
  readonly tctlPath: string;
  readonly dblabUrl: string;
  readonly dblabToken: Secret;
  /** Every secret that a webhook may carry: at least one. */
  readonly webhookSecrets: readonly Secret[];
  readonly listen: Address;
  /** Files for receiving webhooks over TLS; plain HTTP without. */
  readonly tls: { readonly cert: string; readonly key: string } | undefined;
  /** `given` tells an address that was asked for from the default one, which may be taken. */
  readonly status: { readonly address: Address; readonly given: boolean };
  readonly labels: Readonly<Record<string, string>>;
  readonly userLabel: 'database' | 'owner';
  /** Without brackets where it is an IPv6 address. */
  readonly cloneHost: string;
  /** The Engine's API as Teleport is to offer it, unless it is not wanted. */
  readonly app: { readonly uri: string; readonly insecureSkipVerify: boolean } | undefined;
  /** Undefined where none was given: the default depends on the transport. */
  readonly reconcileIntervalMs: number | undefined;
  readonly pollIntervalMs: number;
  /** Undefined: registrations stay until they are removed. */
  readonly leaseMs: number | undefined;
  readonly once: boolean;
  readonly dryRun: boolean;
  readonly logLevel: LogLevel;
  readonly logFormat: LogFormat;
  /** Sentences to be logged once at start. */
  readonly warnings: readonly string[];
}

export type ParsedServeConfig =
  | { readonly ok: true; readonly config: ServeConfig }
  | { readonly ok: false; readonly problems: readonly string[] };

/** Reads the whole configuration, or names every problem at once; no message holds a secret. */
export function parseServeConfig(sources: Sources): ParsedServeConfig {
  const { values, given, problems, warnings } = readOptions(serveOptions, sources);
  const all = [...problems, ...contradictions(sources), ...halves(values)];
  if (all.length > 0) return { ok: false, problems: all };
  const { statusAddress, appUri, noApp, tlsCert: _cert, tlsKey: _key, ...rest } = values;
  const config: ServeConfig = {
    ...rest,
    labels: values.labels ?? {},
    once: values.once ?? false,
    dryRun: values.dryRun ?? false,
    status: Object.freeze({ address: statusAddress, given: given.has('statusAddress') }),
    tls: tlsOf(values),
    app: appOf({ appUri, noApp, dblabUrl: values.dblabUrl }),
    warnings,
  };
  return { ok: true, config: Object.freeze(config) };
}

/** What each of two flags says is fine, and both together are not. */
export function contradictions({ flags }: Sources): string[] {
  if (!flags['no-app'] || flags['app-uri'] === undefined) return [];
  return ['--app-uri and --no-app contradict each other: keep one.'];
}

interface TlsOptions {
  readonly tlsCert?: string | undefined;
  readonly tlsKey?: string | undefined;
}

export function tlsOf({ tlsCert, tlsKey }: TlsOptions): ServeConfig['tls'] {
  return tlsCert && tlsKey ? Object.freeze({ cert: tlsCert, key: tlsKey }) : undefined;
}

/** A certificate serves nobody without its key. */
export function halves({ tlsCert, tlsKey }: TlsOptions): string[] {
  if ((tlsCert === undefined) === (tlsKey === undefined)) return [];
  return ['--tls-cert and --tls-key belong together: give both, or none for plain HTTP.'];
}

interface AppOptions {
  readonly appUri: string | undefined;
  readonly noApp: boolean | undefined;
  readonly dblabUrl: string;
}

/** The Engine's API as the options want it in Teleport. */
export function appOf({ appUri, noApp, dblabUrl }: AppOptions): ServeConfig['app'] {
  if (noApp) return undefined;
  const uri = appUri ?? dblabUrl;
  return Object.freeze({ uri, insecureSkipVerify: /^https:/i.test(uri) });
}
