/**
 * A real Teleport of one node (auth, proxy, database and app agents on the loopback) from a folder with its
 * programs, instead of the stand-in. It promises the same as the stand-in and knows nothing of clones.
 */
import { once } from 'node:events';
import { mkdir, writeFile } from 'node:fs/promises';
import { type AddressInfo, createServer, connect as dial } from 'node:net';
import { join } from 'node:path';
import { execa, type Options } from 'execa';
import { parseAllDocuments, stringify } from 'yaml';
import type { Clock } from '../lib/clock.ts';
import type { Cluster, Destination, Way } from './cluster.ts';

export interface RealClusterOptions {
  /** Folder with `teleport`, `tctl` and `tsh`. */
  readonly bin: string;
  readonly directory: string;
  readonly env: Readonly<Record<string, string>>;
  readonly clock: Clock;
}

/** A real cluster starts in seconds; a slow machine may take most of a minute. */
const START_MS = 60_000;
const LOOK_MS = 200;

export async function startRealCluster(options: RealClusterOptions): Promise<RealCluster> {
  const [authPort, webPort] = [await freePort(), await freePort()];
  await mkdir(join(options.directory, 'data'), { recursive: true });
  const cluster = new RealCluster(options, authPort, webPort);
  try {
    await cluster.start();
    return cluster;
  } catch (error) {
    await cluster.close();
    throw error;
  }
}

export class RealCluster implements Cluster {
  readonly description: string;
  readonly proxyAddress: string;
  readonly tctlPath: string;
  readonly identityFile: string;
  clientCaPem = '';
  readonly #options: RealClusterOptions;
  readonly #webAddress: string;
  readonly #config: string;
  #server: (PromiseLike<unknown> & { kill(signal: NodeJS.Signals): boolean }) | undefined;

  constructor(options: RealClusterOptions, authPort: number, webPort: number) {
    this.#options = options;
    this.#webAddress = `127.0.0.1:${webPort}`;
    this.#config = join(options.directory, 'teleport.yaml');
    // Auth's own port: its certificate is the cluster's, while the proxy's is self-signed here.
    this.proxyAddress = `127.0.0.1:${authPort}`;
    this.tctlPath = join(options.bin, 'tctl');
    this.identityFile = join(options.directory, 'identity');
    this.description = `Teleport from ${options.bin}`;
  }

  async start(): Promise<void> {
    const { directory } = this.#options;
    await writeFile(this.#config, stringify(this.#configuration()));
    await this.startServer();
    await this.admin(
      ['create', '-f'],
      [botRole, colleagueRole, user('dblab-sidecar', 'dblab-bot'), user('colleague', 'dblab-user')],
    );
    await this.issueIdentity({ file: this.identityFile });
    await this.issueIdentity({ file: join(directory, 'colleague'), user: 'colleague' });
    this.clientCaPem = await this.admin(['auth', 'export', '--type=db-client']);
  }

  /** Starts (again) the one process with all services, and waits until it answers. */
  async startServer(): Promise<void> {
    const { bin, clock, directory } = this.#options;
    this.#server = this.#run(join(bin, 'teleport'), ['start', '--insecure', '--config', this.#config], {
      buffer: false,
      forceKillAfterDelay: 5_000,
      reject: false,
      stdout: { file: join(directory, 'teleport.log') },
      stderr: { file: join(directory, 'teleport.log') },
    });
    const end = clock.now() + START_MS;
    for (;;) {
      const failure = await this.admin(['status']).then(
        () => undefined,
        (error: unknown) => error,
      );
      if (failure === undefined) return;
      if (clock.now() > end) throw failure;
      await clock.sleep(LOOK_MS);
    }
  }

  async stopServer(): Promise<void> {
    const server = this.#server;
    this.#server = undefined;
    server?.kill('SIGTERM');
    await server;
  }

  /** Overwrites the file in place, as tbot does. */
  async issueIdentity({
    file,
    user: name = 'dblab-sidecar',
    ttl = '24h',
  }: {
    file: string;
    user?: string;
    ttl?: string;
  }): Promise<void> {
    await this.admin([
      'auth',
      'sign',
      '--format=file',
      `--user=${name}`,
      `--ttl=${ttl}`,
      '--overwrite',
      '-o',
      file,
    ]);
  }

  /** Runs tctl as the administrator of this node; answers what it printed. */
  async admin(args: readonly string[], documents: readonly object[] = []): Promise<string> {
    const input = documents.map((document) => stringify(document)).join('---\n');
    const { stdout } = await this.#run(this.tctlPath, ['--config', this.#config, ...args], { input });
    return String(stdout);
  }

  async resources(kind: 'db' | 'app'): Promise<Record<string, unknown>[]> {
    return parseAllDocuments(await this.admin(['get', kind, '--format=yaml'])).flatMap(
      (document) => document.toJS() ?? [],
    );
  }

  async visible(): Promise<ReadonlySet<string>> {
    const documents = await this.resources('db');
    return new Set(documents.map((document) => (document['metadata'] as { name: string }).name));
  }

  /** Through the database agent, by way of `tsh proxy db --tunnel`. */
  async connect({ name, user: dbUser, database }: Destination): Promise<Way> {
    const { bin, directory, clock } = this.#options;
    const port = await freePort();
    const identity = join(directory, 'colleague');
    const tunnel = this.#run(
      join(bin, 'tsh'),
      [
        ...['--insecure', '--proxy', this.#webAddress, '--identity', identity, 'proxy', 'db', '--tunnel'],
        ...['--port', String(port), '--db-user', dbUser, '--db-name', database, name],
      ],
      { reject: false },
    );
    const close = async () => {
      tunnel.kill();
      await tunnel;
    };
    const end = clock.now() + START_MS;
    while (!(await answers(port))) {
      if (clock.now() > end || tunnel.exitCode !== null) {
        await close();
        throw new Error(`tsh opened no tunnel to ${name}: ${(await tunnel).stderr}`);
      }
      await clock.sleep(LOOK_MS);
    }
    return { port, certificate: undefined, close };
  }

  async close(): Promise<void> {
    await this.stopServer();
  }

  #run<O extends Options>(program: string, args: readonly string[], options: O) {
    const home = this.#options.directory;
    const env = {
      ...this.#options.env,
      HOME: home,
      TELEPORT_HOME: join(home, '.tsh'),
      TELEPORT_TOOLS_VERSION: 'off',
    };
    return execa(program, args, { env, extendEnv: false, ...options });
  }

  #configuration(): object {
    const ours = { enabled: true, resources: [{ labels: { dblab: 'true' } }] };
    return {
      version: 'v3',
      teleport: {
        nodename: 'localhost',
        data_dir: join(this.#options.directory, 'data'),
        auth_server: this.proxyAddress,
        log: { severity: 'WARN' },
      },
      auth_service: {
        enabled: true,
        cluster_name: 'sandbox',
        listen_addr: this.proxyAddress,
        proxy_listener_mode: 'multiplex',
        authentication: { type: 'local', second_factor: 'otp' },
      },
      proxy_service: { enabled: true, web_listen_addr: this.#webAddress, public_addr: this.#webAddress },
      ssh_service: { enabled: false },
      db_service: ours,
      app_service: ours,
    };
  }
}

/** The guide's rules, with the `app_labels` that it forgets. */
const botRole = role('dblab-bot', {
  db_labels: { '*': '*' },
  db_names: ['*'],
  db_users: ['*'],
  app_labels: { '*': '*' },
  rules: [
    { resources: ['db', 'db_server'], verbs: ['list', 'create', 'read', 'update', 'delete'] },
    { resources: ['app', 'app_server'], verbs: ['list', 'create', 'read', 'update', 'delete'] },
  ],
});

const colleagueRole = role('dblab-user', {
  db_labels: { dblab: 'true' },
  db_names: ['*'],
  db_users: ['*'],
  app_labels: { dblab: 'true' },
});

function role(name: string, allow: object): object {
  return { kind: 'role', version: 'v7', metadata: { name }, spec: { allow } };
}

function user(name: string, ...roles: string[]): object {
  return { kind: 'user', version: 'v2', metadata: { name }, spec: { roles } };
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

async function answers(port: number): Promise<boolean> {
  const socket = dial({ port, host: '127.0.0.1' });
  try {
    await once(socket, 'connect');
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}
