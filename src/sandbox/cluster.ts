/** What the sandbox asks of a Teleport cluster, be it the stand-in or a real one. */
export interface Cluster {
  /** How people read what kind of cluster this is. */
  readonly description: string;
  /** `HOST:PORT` for --teleport-proxy. */
  readonly proxyAddress: string;
  readonly tctlPath: string;
  /** An identity of the guide's bot, good for a day. */
  readonly identityFile: string;
  /** PEM of the authority whose client certificates the clones trust. */
  readonly clientCaPem: string;
  /** Names of the databases that a colleague sees at this moment. */
  visible(): Promise<ReadonlySet<string>>;
  /** Opens a way to a registered database as an agent does. Whoever opened it closes it. */
  connect(to: Destination): Promise<Way>;
  close(): Promise<void>;
}

export interface Destination {
  /** Name of the registration. */
  readonly name: string;
  readonly port: number;
  readonly user: string;
  readonly database: string;
}

/** Where a PostgreSQL client connects, and the certificate it shows there, if it needs one. */
export interface Way {
  readonly port: number;
  readonly certificate: { readonly cert: string; readonly key: string } | undefined;
  close(): Promise<void>;
}
