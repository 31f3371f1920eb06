/**
 * The whole of it on one machine: a stand-in Engine over real PostgreSQL clones, a Teleport cluster, and the
 * sidecar between them as a process of its own. Promises that nothing of it is left when it is closed.
 */
import { randomBytes } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { finished } from 'node:stream/promises';
import type { Clock } from '../lib/clock.ts';
import { Releases } from '../lib/releases.ts';
import { Secret } from '../lib/secret.ts';
import type { Cluster } from './cluster.ts';
import { type SandboxEngine, startSandboxEngine } from './engine/engine.ts';
import { openCloneDatabases } from './postgres/postgres.ts';
import { startRealCluster } from './real-cluster.ts';
import { type Sidecar, startSidecar } from './sidecar.ts';
import { startStandInCluster } from './stand-in-cluster.ts';

export interface SandboxOptions {
  /** How this program is started: the Node executable and its entry file. */
  readonly program: readonly [string, ...string[]];
  /** What the sidecar needs of our own environment, such as PATH. */
  readonly env: Readonly<Record<string, string>>;
  /** The stand-in's tctl. */
  readonly tctlPath: string;
  /** Folder with a real Teleport's programs, to be used instead of the stand-in. */
  readonly teleportBin: string | undefined;
  /** First port of the clones; 0 takes any that is free. */
  readonly portFrom: number;
  /** How many clones there must be room for. */
  readonly room: number;
  readonly postgres: boolean;
  /** Leave the working folder behind. */
  readonly keep: boolean;
  readonly clock: Clock;
  /** Told what is being started, one short line each. */
  readonly onStep: (step: string) => void;
  readonly onSidecarLog: (line: string) => void;
}

export interface Sandbox {
  readonly directory: string;
  readonly environmentId: string;
  readonly engine: SandboxEngine;
  readonly engineToken: Secret;
  readonly cluster: Cluster;
  readonly sidecar: Sidecar;
  close(): Promise<void>;
}

const ENVIRONMENT = 'sandbox';
const TRIGGERS = ['clone_create', 'clone_delete', 'clone_reset'];
/** Long enough to be seen under way. */
const REFRESH_MS = 5_000;

/** Opens everything; whatever was opened is closed again when a part of it fails. */
export async function openSandbox(options: SandboxOptions): Promise<Sandbox> {
  const releases = new Releases();
  try {
    return await open(options, releases);
  } catch (error) {
    await releases.run();
    throw error;
  }
}

async function open(options: SandboxOptions, releases: Releases): Promise<Sandbox> {
  const { clock, onStep } = options;
  const directory = await mkdtemp(join(tmpdir(), 'dblab-sandbox-'));
  if (!options.keep) releases.add(() => rm(directory, { recursive: true, force: true }));

  onStep('Starting Teleport');
  const { teleportBin, tctlPath, env } = options;
  const cluster =
    teleportBin === undefined
      ? await startStandInCluster({ directory, tctlPath, clock })
      : await startRealCluster({ directory, bin: teleportBin, env, clock });
  releases.add(() => cluster.close());

  const engineToken = newSecret();
  const engine = await startEngine(options, { cluster, token: engineToken }, releases);

  onStep('Starting dblab teleport serve');
  const log = createWriteStream(join(directory, 'sidecar.log'));
  releases.add(() => finished(log.end()));
  const webhookSecret = newSecret();
  const sidecar = await startSidecar({
    program: options.program,
    env: options.env,
    environmentId: ENVIRONMENT,
    engineUrl: engine.url,
    engineToken,
    webhookSecret,
    cluster,
    clock,
    onLog: (line) => {
      log.write(`${line}\n`);
      options.onSidecarLog(line);
    },
  });
  releases.add(() => sidecar.close());
  engine.setWebhooks([{ url: sidecar.webhookUrl, secret: webhookSecret.reveal(), trigger: TRIGGERS }]);
  const close = () => releases.run();
  return { directory, environmentId: ENVIRONMENT, engine, engineToken, cluster, sidecar, close };
}

interface EngineParts {
  readonly cluster: Cluster;
  readonly token: Secret;
}

async function startEngine(
  { clock, onStep, postgres, portFrom, room }: SandboxOptions,
  { cluster, token }: EngineParts,
  releases: Releases,
): Promise<SandboxEngine> {
  if (postgres) onStep('Preparing PostgreSQL');
  const databases = postgres ? await openCloneDatabases({ clientCa: cluster.clientCaPem, clock }) : undefined;
  if (databases !== undefined) releases.add(() => databases.close());
  onStep('Starting the DBLab Engine');
  const ports = { from: portFrom, to: portFrom === 0 ? 0 : portFrom + room - 1 };
  const engine = await startSandboxEngine({
    token,
    clock,
    ports,
    refreshMs: REFRESH_MS,
    ...(databases ? { databases } : {}),
  });
  releases.add(() => engine.close());
  return engine;
}

function newSecret(): Secret {
  return new Secret(randomBytes(24).toString('base64url'));
}
