import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'vitest';
import type { SandboxEngine, SandboxEngineOptions } from '../../src/sandbox/engine/engine.ts';
import type { RealDocument } from '../../src/sandbox/real-cluster.ts';
import {
  eventually,
  onTestEnd,
  openEngine,
  type Run,
  ready,
  run,
  SECRET,
  type Sidecar,
  startSidecar,
  TRIGGERS,
} from '../program/world.ts';
import { type RealTransport, revisionsOf, type Truth } from './cluster.ts';

/*
 * A world for tests as in ../program, but between the stand-in Engine and a real Teleport, which is asked
 * through its own tctl. Everything that a test opens here is closed after it.
 */

export interface WorldOptions {
  readonly transport: RealTransport;
  readonly engine?: SandboxEngineOptions;
}

export interface World {
  readonly truth: Truth;
  readonly engine: SandboxEngine;
  readonly identity: string;
  /** Starts `dblab teleport serve` and resolves when it listens; the Engine then sends it its webhooks. */
  serve(...args: readonly string[]): Promise<Sidecar>;
  /** Runs `dblab teleport serve`, for this world, to its end. */
  serveToEnd(...args: readonly string[]): Promise<Run>;
  /** Names of the databases in Teleport, sorted. */
  names(): Promise<string[]>;
  /** Fails unless every ready clone has its one registration, and nothing else has one. */
  expectInStep(): Promise<void>;
  /** Resolves when all is in step and the sidecar has looked again and changed nothing. */
  atRest(sidecar: Sidecar): Promise<void>;
}

/** A step through tctl takes a second or two here. */
const PATIENCE_MS = 60_000;

export const ENVIRONMENT = 'prod';

export async function openWorld(truth: Truth, options: WorldOptions): Promise<World> {
  await truth.clear();
  const directory = await mkdtemp(join(tmpdir(), 'dblab-real-world-'));
  onTestEnd(() => rm(directory, { recursive: true, force: true }));
  const engine = await openEngine(options.engine);
  const identity = join(directory, 'identity');
  await truth.issueIdentity(identity);
  const { proxyAddress, tctlPath } = truth.cluster;
  const flags = [
    ...['teleport', 'serve', '--environment-id', ENVIRONMENT, '--transport', options.transport],
    ...['--teleport-proxy', proxyAddress, '--teleport-identity', identity, '--tctl-path', tctlPath],
    ...['--dblab-url', engine.url],
  ];
  const addresses = ['--listen-addr', '127.0.0.1:0', '--status-addr', '127.0.0.1:0', '--log-level', 'debug'];
  const env = { TMPDIR: directory };
  const expectInStep = (documents: readonly RealDocument[]) =>
    expect(registered(documents)).toEqual(ready(engine));
  return {
    truth,
    engine,
    identity,
    async serve(...args) {
      const sidecar = await startSidecar([...flags, ...addresses, ...args], env);
      engine.setWebhooks([{ url: sidecar.webhookUrl, secret: SECRET, trigger: TRIGGERS }]);
      return sidecar;
    },
    serveToEnd: (...args) => run([...flags, ...args], env),
    names: async () => (await truth.databases()).map(({ metadata }) => metadata.name).sort(),
    expectInStep: async () => expectInStep(await truth.databases()),
    atRest: (sidecar) =>
      eventually(async () => {
        const before = await truth.everything();
        expectInStep(before);
        await sidecar.look();
        const after = await truth.everything();
        expectInStep(after);
        expect(revisionsOf(after)).toEqual(revisionsOf(before));
      }, PATIENCE_MS),
  };
}

/** Like `eventually`, with the patience that a real Teleport needs. */
export function inTheEnd(isSo: () => unknown): Promise<void> {
  return eventually(isSo, PATIENCE_MS);
}

/** `CLONE at ADDRESS` for every database that our environment registered. */
function registered(documents: readonly RealDocument[]): string[] {
  return documents
    .filter(({ kind, metadata }) => kind === 'db' && metadata.labels['dblab_instance'] === ENVIRONMENT)
    .map(({ metadata, spec }) => `${metadata.labels['clone_id']} at ${spec['uri']}`)
    .sort();
}
