import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect } from 'vitest';
import { systemClock } from '../../src/lib/clock.ts';
import { BOT, role } from '../../src/sandbox/real/documents.ts';
import { type RealCluster, type RealDocument, startRealCluster } from '../../src/sandbox/real-cluster.ts';
import { readIdentity } from '../../src/teleport/identity-file.ts';
import { eventually, onTestEnd } from '../program/world.ts';

/** Folder with a real Teleport's programs; an empty variable counts as unset. */
const BIN = process.env['TELEPORT_BIN'] || undefined;

/** Cases that need a real Teleport: skipped where there is none. */
export const describeReal = describe.skipIf(BIN === undefined);

/** By which ways the program reaches Teleport. */
export const TRANSPORTS = ['tctl', 'api'] as const;
export type RealTransport = (typeof TRANSPORTS)[number];

/** One real cluster for all cases of a file. Each case that opens a world finds it empty. */
export function useCluster(): () => Truth {
  let truth: Truth | undefined;
  let close = async () => {};
  beforeAll(async () => {
    if (BIN === undefined) return;
    const directory = await mkdtemp(join(tmpdir(), 'dblab-real-'));
    close = () => rm(directory, { recursive: true, force: true });
    const env = { PATH: process.env['PATH'] ?? '' };
    const cluster = await startRealCluster({ bin: BIN, directory, env, clock: systemClock });
    close = async () => {
      await cluster.close();
      await rm(directory, { recursive: true, force: true });
    };
    truth = new Truth(cluster);
  });
  afterAll(() => close());
  return () => {
    if (truth === undefined) throw new Error('no real cluster is running');
    return truth;
  };
}

/** `KIND/NAME at REVISION` of each: the same list twice means that nobody wrote in between. */
export function revisionsOf(documents: readonly RealDocument[]): string[] {
  return documents.map(({ kind, metadata }) => `${kind}/${metadata.name} at ${metadata.revision}`).sort();
}

/** What is really stored in a real cluster, and the hands of its administrator. */
export class Truth {
  readonly cluster: RealCluster;
  #marks = 0;
  #isDown = false;

  constructor(cluster: RealCluster) {
    this.cluster = cluster;
  }

  /**
   * Resolves when lists show everything that was written before. They come from a cache that one ordered
   * stream of events feeds, so a mark that shows proves that what was written before it shows as well.
   */
  async settled(): Promise<void> {
    this.#marks += 1;
    const mark = { name: 'mark', description: String(this.#marks) };
    await this.cluster.put({ ...role('mark', {}), metadata: mark });
    await eventually(async () => {
      // Of one role that it does not know yet the cache asks the store, but not when all are listed.
      const roles = await this.cluster.list('role');
      expect(roles).toContainEqual(expect.objectContaining({ metadata: expect.objectContaining(mark) }));
    });
  }

  async databases(): Promise<RealDocument[]> {
    await this.settled();
    return this.cluster.list('db');
  }

  async apps(): Promise<RealDocument[]> {
    await this.settled();
    return this.cluster.list('app');
  }

  async everything(): Promise<RealDocument[]> {
    return [...(await this.databases()), ...(await this.cluster.list('app'))];
  }

  /** An administrator's writes, which lists show when this resolves. */
  async put(...documents: readonly object[]): Promise<void> {
    await this.cluster.put(...documents);
    await this.settled();
  }

  /** Stops Teleport; when the test has ended, it runs again at the latest. */
  async stop(): Promise<void> {
    onTestEnd(() => this.start());
    this.#isDown = true;
    await this.cluster.stop();
  }

  async start(): Promise<void> {
    if (this.#isDown) await this.cluster.start();
    this.#isDown = false;
  }

  async clear(): Promise<void> {
    const all = await this.everything();
    for (const { kind, metadata } of all) await this.cluster.admin(['rm', `${kind}/${metadata.name}`]);
    if (all.length > 0) await this.settled();
  }

  /** Changes the `allow` of the bot's role, for identities that are out as well, until the test has ended. */
  async allow(rights: object): Promise<void> {
    onTestEnd(() => this.put(role('dblab-bot', BOT)));
    await this.put(role('dblab-bot', rights));
  }

  /** Puts a bot's identity in the place of the present one, as tbot does. */
  issueIdentity(file: string): Promise<void> {
    return this.cluster.issueIdentity({ file });
  }

  /** The same, of an identity that has expired when this resolves: Teleport may insist on a whole minute. */
  async issueExpiredIdentity(file: string): Promise<void> {
    await this.cluster.issueIdentity({ file, ttl: '1s' });
    const { expiresAt } = await readIdentity(file);
    await eventually(() => Date.now() > expiresAt, 90_000);
  }
}
