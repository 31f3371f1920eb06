import type { Clock } from '../../lib/clock.ts';
import { systemClock } from '../../lib/clock.ts';
import type { Agent } from './agent.ts';
import { describeAgent } from './agent.ts';
import type { Cluster, Counters } from './auth.ts';
import { noCounts } from './auth.ts';
import type { Authorities } from './authorities.ts';
import { createAuthorities } from './authorities.ts';
import type { Document, Kind, TeleportVersion } from './document.ts';
import { withOrigin } from './document.ts';
import type { Fault } from './fault.ts';
import { createFront } from './front.ts';
import { Heartbeats } from './heartbeats.ts';
import type { IdentityRequest } from './identity.ts';
import { identityText, writeIdentity } from './identity.ts';
import { keepPace } from './pace.ts';
import type { Role } from './role.ts';
import { bareRoles, presetRoles } from './role.ts';
import { parseDocument } from './rules.ts';
import type { ChangeListener, Lag } from './store.ts';
import { Store } from './store.ts';
import type { Write } from './view.ts';

export interface SandboxTeleportOptions {
  readonly clusterName?: string;
  readonly version?: TeleportVersion;
  readonly host?: string;
  /** 0, the default, takes any free port. */
  readonly port?: number;
  /** How late lists show a write; 0.3 to 1 s, as seen on a real cluster, unless told otherwise. */
  readonly cacheLag?: Lag;
  /** From when lists show a database until an agent is seen to serve it. */
  readonly agentDelayMs?: number;
  /** Something before the proxy ends TLS, so that Auth is reached through a connection upgrade alone. */
  readonly loadBalancer?: boolean;
  /** Without it the proxy's port speaks to web clients alone: neither ALPN nor an upgrade leads to Auth. */
  readonly tlsRouting?: boolean;
  /** As nobody has set it up yet: without the guide's role, and without an agent. */
  readonly bare?: boolean;
  readonly clock?: Clock;
}

/**
 * A stand-in for a Teleport cluster of one node, with an agent: stores databases and apps, answers its own
 * `tctl` and Teleport's gRPC API, and shows the same faces to a caller as a real cluster does: late reads,
 * silent filters, refusals word for word. It proxies nothing and knows nothing of clones.
 *
 * The handles below look behind the curtain: no roles, no lag.
 */
export class SandboxTeleport {
  readonly version: TeleportVersion;
  readonly clusterName: string;
  readonly #clock: Clock;
  readonly #cluster: Cluster;
  readonly #authorities: Authorities;
  readonly #heartbeats: Heartbeats;
  readonly #front: ReturnType<typeof createFront>;
  readonly #closing = new AbortController();
  #fault: Fault | undefined;

  constructor(options: SandboxTeleportOptions, authorities: Authorities) {
    this.version = options.version ?? '18.0.0';
    this.clusterName = options.clusterName ?? DEFAULT_NAME;
    this.#clock = options.clock ?? systemClock;
    this.#authorities = authorities;
    const store = new Store({
      clock: this.#clock,
      version: this.version,
      cacheLag: options.cacheLag ?? { minMs: 300, maxMs: 1000 },
      agentDelayMs: options.agentDelayMs ?? 1000,
    });
    this.#cluster = {
      version: this.version,
      store,
      roles: options.bare ? bareRoles() : presetRoles(),
      users: new Map(),
      agents: new Map(),
      counters: noCounts(),
    };
    this.#heartbeats = new Heartbeats(store, this.#cluster.agents);
    if (!options.bare) this.addAgent();
    this.#front = createFront({
      clusterName: this.clusterName,
      cluster: this.#cluster,
      heartbeats: this.#heartbeats,
      authorities,
      clock: this.#clock,
      fault: () => this.#fault,
      sign: (request) => this.#sign(request),
      host: options.host ?? DEFAULT_HOST,
      port: options.port ?? 0,
      loadBalancer: options.loadBalancer ?? false,
      tlsRouting: options.tlsRouting ?? true,
    });
    void keepPace(store, this.#clock, this.#closing.signal);
  }

  /** `HOST:PORT`, what `--auth-server` and `--teleport-proxy` take. */
  get proxyAddress(): string {
    return this.#front.proxy.address;
  }

  /** `HOST:PORT` of Auth itself, for those who need no proxy to reach it. */
  get authAddress(): string {
    return this.#front.auth.address;
  }

  /** PEM of the authority behind the proxy's web certificate, which no system knows (`--teleport-ca-file`). */
  get webCaPem(): string {
    return this.#authorities.web.certificate;
  }

  /** PEM of the authority whose client certificates a PostgreSQL behind Teleport trusts (`ssl_ca_file`). */
  get clientCaPem(): string {
    return this.#authorities.databaseClient.certificate;
  }

  /** Opens the ports, the same ones as before if they were open. */
  async start(): Promise<void> {
    await Promise.all([this.#front.proxy.open(), this.#front.auth.open()]);
  }

  /** Shuts the ports and cuts their connections; what is stored stays. */
  async stop(): Promise<void> {
    await Promise.all([this.#front.proxy.shut(), this.#front.auth.shut()]);
  }

  async close(): Promise<void> {
    this.#closing.abort();
    await this.stop();
  }

  /** The guide's bot for an hour, unless told otherwise. */
  async issueIdentity(request: Partial<IdentityRequest> & { readonly file: string }): Promise<void> {
    const bot = { user: 'bot-dblab-sidecar', roles: ['dblab-bot'], ttlMs: 3600_000 };
    await writeIdentity(await this.#sign({ ...bot, ...request }), request.file);
  }

  /** The text of an identity file. */
  #sign(request: IdentityRequest): Promise<string> {
    const issuers = {
      clusterName: this.clusterName,
      version: this.version,
      hostAuthority: this.#authorities.host,
      userAuthority: this.#authorities.user,
    };
    return identityText(issuers, request, this.#clock.now());
  }

  /** What an agent shows to a database on behalf of a user: PEM, with the database user as its CN. */
  async issueDatabaseCertificate(request: {
    user: string;
    ttlMs?: number;
  }): Promise<{ cert: string; key: string }> {
    const { certificate, key } = await this.#authorities.databaseClient.issue({
      subject: [{ CN: [request.user] }],
      notAfter: this.#clock.now() + (request.ttlMs ?? 3600_000),
    });
    return { cert: certificate, key: key.export({ format: 'pem', type: 'pkcs8' }).toString() };
  }

  /** Takes effect at once, for identities that are out already as well. */
  setRole(name: string, role: Role): void {
    this.#cluster.roles.set(name, role);
  }

  roleNames(): readonly string[] {
    return [...this.#cluster.roles.keys()].filter((name) => !name.startsWith('bot-')).sort();
  }

  /** As whoever wrote it wrote it. */
  roleDocument(name: string): Role['document'] {
    return this.#cluster.roles.get(name)?.document;
  }

  setCacheLag(lag: Lag): void {
    this.#cluster.store.setCacheLag(lag);
  }

  setAgentDelay(ms: number): void {
    this.#cluster.store.setAgentDelay(ms);
  }

  /** Undefined mends it. Calls that hang go on hanging. */
  setFault(fault: Fault | undefined): void {
    this.#fault = fault;
  }

  /** An agent of the same host id is replaced. */
  addAgent(agent?: Partial<Agent>): Agent {
    const described = describeAgent(agent);
    this.#cluster.agents.set(described.hostId, described);
    this.#heartbeats.agentsChanged();
    return described;
  }

  removeAgent(hostId: string): void {
    this.#cluster.agents.delete(hostId);
    this.#heartbeats.agentsChanged();
  }

  agents(): readonly Agent[] {
    return [...this.#cluster.agents.values()];
  }

  databases(): readonly Document[] {
    return this.#cluster.store.list('backend', 'db');
  }

  apps(): readonly Document[] {
    return this.#cluster.store.list('backend', 'app');
  }

  /** What lists show at this moment to somebody who may see everything. */
  cached(kind: Kind): readonly Document[] {
    return this.#cluster.store.list('cache', kind);
  }

  /** A stranger's write: a document as for `tctl create -f`. Throws a `Refusal` when Teleport would not take it. */
  put(document: unknown, user = 'stranger'): void {
    this.#cluster.store.put(withOrigin(parseDocument(document)), user);
  }

  /** A stranger's removal; answers whether there was something to remove. */
  remove(kind: Kind, name: string, user = 'stranger'): boolean {
    return this.#cluster.store.remove(kind, name, user);
  }

  /** Every write that happened, in order, whoever made it. */
  history(): readonly Write[] {
    return this.#cluster.store.history();
  }

  counters(): Readonly<Counters> {
    return { ...this.#cluster.counters };
  }

  /** Told of each write when the backend, the cache and the agents show it. Answers how to stop listening. */
  onChange(listener: ChangeListener): () => void {
    return this.#cluster.store.onChange(listener);
  }
}

const DEFAULT_NAME = 'sandbox';
const DEFAULT_HOST = '127.0.0.1';

/** Starts a stand-in cluster whose port is open when this resolves; `close` ends it. */
export async function startSandboxTeleport(options: SandboxTeleportOptions = {}): Promise<SandboxTeleport> {
  const authorities = await createAuthorities(
    options.clusterName ?? DEFAULT_NAME,
    options.host ?? DEFAULT_HOST,
    (options.clock ?? systemClock).now(),
  );
  const teleport = new SandboxTeleport(options, authorities);
  await teleport.start();
  return teleport;
}
