/**
 * A real Teleport of one node (auth, proxy, database and app agents on the loopback) from a folder with its
 * programs, instead of the stand-in. It promises the same as the stand-in, and that nothing of it runs on
 * once it is closed. It knows nothing of clones.
 */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { z } from 'zod';
import type { Clock } from '../lib/clock.ts';
import type { Cluster, Destination, Way } from './cluster.ts';
import { openPorts, type Ports } from './engine/ports.ts';
import { type NodePorts, nodeConfiguration, PEOPLE } from './real/documents.ts';
import { type Errand, type Place, requirePrograms, runProgram } from './real/programs.ts';
import { TeleportServer } from './real/server.ts';
import { openTunnel } from './real/tunnel.ts';

export interface RealClusterOptions {
  /** Folder with `teleport`, `tctl` and `tsh`. */
  readonly bin: string;
  /** Everything that the cluster keeps is kept here. */
  readonly directory: string;
  /** What its programs need of our own environment, such as PATH. */
  readonly env: Readonly<Record<string, string>>;
  readonly clock: Clock;
}

/** A cluster starts in seconds; a slow machine may take most of a minute. */
const START_MS = 60_000;
const LOOK_MS = 200;

/** Resolves when Auth answers; rejects with the reason that Teleport gave, and leaves no process. */
export async function startRealCluster(options: RealClusterOptions): Promise<RealCluster> {
  await requirePrograms(options.bin, ['teleport', 'tctl', 'tsh']);
  const ports = openPorts({ from: 0, to: 0 }, true, options.clock);
  // Teleport would not say which port it was given, so it is given some that are free at this moment.
  const cluster = new RealCluster(options, ports, { auth: await ports.take(), web: await ports.take() });
  try {
    await cluster.setUp();
    return cluster;
  } catch (error) {
    await cluster.close();
    throw error;
  }
}

export class RealCluster implements Cluster {
  readonly description: string;
  /** Auth's own: its certificate is the cluster's, while the proxy's is one that nobody knows. */
  readonly proxyAddress: string;
  /** The proxy's, for whoever trusts `webCaFile`. */
  readonly webAddress: string;
  /** The certificate that the proxy makes for itself at its first start. */
  readonly webCaFile: string;
  readonly tctlPath: string;
  readonly identityFile: string;
  clientCaPem = '';
  readonly #place: Place;
  /** Whoever uses it is the administrator (`TELEPORT_CONFIG_FILE`). */
  readonly configFile: string;
  readonly #server: TeleportServer;
  readonly #ports: Ports;
  readonly #clock: Clock;

  readonly #nodePorts: NodePorts;

  constructor(options: RealClusterOptions, ports: Ports, nodePorts: NodePorts) {
    const { bin, directory, env, clock } = options;
    this.description = `Teleport from ${bin}`;
    this.proxyAddress = `127.0.0.1:${nodePorts.auth}`;
    this.webAddress = `localhost:${nodePorts.web}`;
    this.webCaFile = join(directory, 'data', 'webproxy_cert.pem');
    this.tctlPath = join(bin, 'tctl');
    this.identityFile = join(directory, 'identity');
    this.#place = { bin, home: directory, env };
    this.configFile = join(directory, 'teleport.yaml');
    this.#server = new TeleportServer(this.#place, this.configFile, clock);
    this.#ports = ports;
    this.#nodePorts = nodePorts;
    this.#clock = clock;
  }

  async setUp(): Promise<void> {
    const data = join(this.#place.home, 'data');
    await mkdir(data, { recursive: true });
    await writeFile(this.configFile, stringify(nodeConfiguration(data, this.#nodePorts)));
    await this.start();
    await this.put(...PEOPLE);
    await this.issueIdentity({ file: this.identityFile });
    await this.issueIdentity({ file: this.#colleague, user: 'colleague' });
    this.clientCaPem = `${await this.admin(['auth', 'export', '--type=db-client'])}\n`;
  }

  /** Starts the one process with all services, for the first time or again, and waits until Auth answers. */
  async start(): Promise<void> {
    await this.#server.start();
    const end = this.#clock.now() + START_MS;
    for (;;) {
      const complaint = await this.#complaint();
      if (complaint === undefined) return;
      if (this.#server.ended !== undefined) await this.#fail(`Teleport ended (${this.#server.ended})`);
      if (this.#clock.now() > end) await this.#fail(`Teleport did not answer in time: ${complaint}`);
      await this.#clock.sleep(LOOK_MS);
    }
  }

  /** What is stored stays, and so do the addresses. */
  stop(): Promise<void> {
    return this.#server.stop();
  }

  /** Writes over the file in place, as tbot does. `ttl` is a duration in Teleport's spelling. */
  async issueIdentity(request: { file: string; user?: string; ttl?: string }): Promise<void> {
    const { file, user = 'dblab-sidecar', ttl = '24h' } = request;
    const what = ['--format=file', `--user=${user}`, `--ttl=${ttl}`, '--overwrite', '-o', file];
    await this.admin(['auth', 'sign', ...what]);
  }

  /** Runs tctl as the administrator of this node; answers what it printed. */
  admin(args: readonly string[], input = ''): Promise<string> {
    return this.run({ program: 'tctl', args: ['--config', this.configFile, ...args], input });
  }

  run(errand: Errand): Promise<string> {
    return runProgram(this.#place, errand);
  }

  /** An administrator's write, which replaces what has the same name. */
  async put(...documents: readonly object[]): Promise<void> {
    await this.admin(['create', '-f'], documents.map((document) => stringify(document)).join('---\n'));
  }

  /** What tctl lists. It lags behind writes. */
  async list(kind: string): Promise<RealDocument[]> {
    return documentsSchema.parse(JSON.parse(await this.admin(['get', kind, '--format=json'])));
  }

  async visible(): Promise<ReadonlySet<string>> {
    return new Set((await this.list('db')).map((document) => document.metadata.name));
  }

  /** Through the database agent, by way of `tsh proxy db --tunnel`, as the colleague. */
  connect(to: Destination): Promise<Way> {
    return openTunnel(to, {
      place: this.#place,
      proxy: this.webAddress,
      identity: this.#colleague,
      ports: this.#ports,
      clock: this.#clock,
    });
  }

  async close(): Promise<void> {
    await this.stop();
  }

  get #colleague(): string {
    return join(this.#place.home, 'colleague');
  }

  /** Why Auth does not answer, or undefined when it does. */
  async #complaint(): Promise<string | undefined> {
    try {
      await this.admin(['status']);
      return undefined;
    } catch (error) {
      return error instanceof Error ? error.message : String(error);
    }
  }

  async #fail(what: string): Promise<never> {
    throw new Error(`${what}. ${await this.#server.lastWords()}`);
  }
}

/** The part of a document that somebody asks for. */
const documentSchema = z.object({
  kind: z.string(),
  metadata: z.object({
    name: z.string(),
    description: z.string().optional(),
    labels: z.record(z.string(), z.string()).default({}),
    expires: z.string().optional(),
    revision: z.string().optional(),
  }),
  spec: z.record(z.string(), z.unknown()).default({}),
});
const documentsSchema = z.array(documentSchema);

export type RealDocument = z.infer<typeof documentSchema>;
