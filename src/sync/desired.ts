import type { Clone } from '../engine/clone.ts';
import { LABEL } from '../teleport/label.ts';
import { appName } from '../teleport/name.ts';
import type { App, Database, Labels } from '../teleport/resource.ts';

/** How registrations of this environment should look. */
export interface Policy {
  readonly environment: string;
  /** The address agents dial; IPv6 in brackets. */
  readonly cloneHost: string;
  readonly labels: Labels;
  /** Whose name `dblab_user` carries: the clone's database user (4.1) or its owner's e-mail (4.2). */
  readonly userLabel: 'database' | 'owner';
  readonly app: { readonly uri: string; readonly insecureSkipVerify: boolean } | undefined;
  /** How long registrations outlive the last sidecar that renewed them; undefined: for ever. */
  readonly leaseMs: number | undefined;
}

/** A clone that people may reach, and its registration but for the name, which depends on what exists. */
export interface Offer {
  readonly cloneId: string;
  readonly port: number;
  readonly database: Omit<Database, 'name'>;
}

/** What Teleport should hold, read from one picture of the Engine. */
export interface Desired {
  readonly offers: ReadonlyMap<string, Offer>;
  /** Clones whose registration is neither made nor removed for now. */
  readonly kept: ReadonlySet<string>;
  /** Ports that two ready clones claim: nobody can say where they lead, so nothing may point there. */
  readonly disputedPorts: ReadonlySet<number>;
  readonly app: App | undefined;
  readonly leaseMs: number | undefined;
  /** Some clone is about to become ready: look again soon. */
  readonly unsettled: boolean;
  /** The Engine lists no clone at all, in whatever state. */
  readonly empty: boolean;
}

type Standing = 'offered' | 'kept' | 'unsettled' | 'not offered';

/** RESETTING comes back by itself; a status we do not know is no reason to take anybody's access away. */
function standing(clone: Clone): Standing {
  switch (clone.status) {
    case 'OK':
    case 'WARNING':
    case 'EXPORTING':
      return clone.port === undefined ? 'not offered' : 'offered';
    case 'CREATING':
      return 'unsettled';
    case 'DELETING':
    case 'FATAL':
      return 'not offered';
    default:
      return 'kept';
  }
}

export function desired(clones: readonly Clone[], policy: Policy, now: number): Desired {
  const offered = clones.filter((clone) => standing(clone) === 'offered');
  const disputedPorts = repeated(offered.map((clone) => clone.port));
  const offers = new Map<string, Offer>();
  for (const clone of offered) {
    if (clone.port === undefined || disputedPorts.has(clone.port)) continue;
    offers.set(clone.id, {
      cloneId: clone.id,
      port: clone.port,
      database: database(clone, clone.port, policy, now),
    });
  }
  return {
    offers,
    kept: new Set(clones.filter((clone) => standing(clone) === 'kept').map((clone) => clone.id)),
    disputedPorts,
    app: app(policy, now),
    leaseMs: policy.leaseMs,
    unsettled: clones.some((clone) => standing(clone) === 'unsettled'),
    empty: clones.length === 0,
  };
}

function repeated(ports: readonly (number | undefined)[]): Set<number> {
  const seen = new Set<number>();
  const twice = new Set<number>();
  for (const port of ports) {
    if (port === undefined) continue;
    if (seen.has(port)) twice.add(port);
    seen.add(port);
  }
  return twice;
}

function database(clone: Clone, port: number, policy: Policy, now: number): Offer['database'] {
  const user = policy.userLabel === 'owner' ? clone.owner : clone.user;
  return {
    kind: 'db',
    protocol: 'postgres',
    uri: `${policy.cloneHost}:${port}`,
    // Teleport then skips only the verification of the clone's self-signed certificate, not TLS itself.
    tlsMode: 'insecure',
    ...lease(policy, now),
    labels: {
      ...environmentLabels(policy),
      [LABEL.cloneId]: clone.id,
      ...(user ? { [LABEL.user]: user } : {}),
      ...(clone.owner ? { [LABEL.owner]: clone.owner } : {}),
    },
  };
}

function app(policy: Policy, now: number): App | undefined {
  if (policy.app === undefined) return undefined;
  return {
    kind: 'app',
    name: appName(policy.environment),
    labels: environmentLabels(policy),
    uri: policy.app.uri,
    insecureSkipVerify: policy.app.insecureSkipVerify,
    ...lease(policy, now),
  };
}

/** Whole seconds: transports and clusters differ in how finely they keep times. */
function lease({ leaseMs }: Policy, now: number): { expires?: number } {
  return leaseMs === undefined ? {} : { expires: Math.floor((now + leaseMs) / 1_000) * 1_000 };
}

/** `environment` may be overridden (several instances can share one), `dblab_instance` never. */
function environmentLabels(policy: Policy): Labels {
  return {
    [LABEL.environment]: policy.environment,
    ...policy.labels,
    [LABEL.dblab]: 'true',
    [LABEL.instance]: policy.environment,
  };
}
