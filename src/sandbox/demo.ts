import pg from 'pg';
import type { Clock } from '../lib/clock.ts';
import { databaseName } from '../teleport/name.ts';
import type { Way } from './cluster.ts';
import type { CloneView } from './engine/engine.ts';
import type { Sandbox } from './sandbox.ts';

/** One thing that the demo did and saw. */
export interface Step {
  readonly sentence: string;
  readonly tookMs: number;
}

export interface DemoOptions {
  readonly clock: Clock;
  /** Whether there is a database behind a clone to connect to. */
  readonly postgres: boolean;
  readonly signal: AbortSignal;
  readonly onStep: (step: Step) => void;
}

/** A step of the main job that did not come about. */
export class DemoFailed extends Error {
  override readonly name = 'DemoFailed';
}

const IDS = ['demo-1', 'demo-2'] as const;
const PATIENCE_MS = 15_000;
const LOOK_MS = 20;

/**
 * Plays the main job: two clones are created and appear in Teleport, somebody connects to one, one is
 * destroyed and disappears. Leaves the first clone. Throws `DemoFailed` with the reason.
 */
export async function playDemo(sandbox: Sandbox, options: DemoOptions): Promise<void> {
  for (const id of IDS) await createAndSee(sandbox, id, options);
  if (options.postgres) await connect(sandbox, IDS[0], options);
  await destroyAndMiss(sandbox, IDS[1], options);
}

async function createAndSee(sandbox: Sandbox, id: string, options: DemoOptions): Promise<void> {
  const creation = stopwatch(options);
  sandbox.engine.create({ id, username: 'postgres' });
  const clone = await sandbox.engine.settled(id);
  if (clone?.status.code !== 'OK') {
    throw new DemoFailed(
      `clone ${id} did not become ready: ${clone?.status.message}. ` +
        'Where other programs use the ports, --port-from names another first one (0: any that are free)',
    );
  }
  creation(`clone ${id} created`);
  const registration = stopwatch(options);
  const name = registrationName(sandbox, clone);
  await until(
    async () => (await sandbox.cluster.visible()).has(name),
    `${name} did not appear in Teleport`,
    options,
  );
  registration(`… and seen in Teleport as ${name}`);
}

async function connect(sandbox: Sandbox, id: string, options: DemoOptions): Promise<void> {
  const connection = stopwatch(options);
  const clone = await sandbox.engine.settled(id);
  if (clone === undefined) throw new DemoFailed(`clone ${id} is gone`);
  const to = {
    name: registrationName(sandbox, clone),
    port: Number(clone.db.port),
    user: 'postgres',
    database: 'postgres',
  };
  const way = await sandbox.cluster.connect(to);
  try {
    const answer = await ask(way, to.user, to.database);
    connection(`connected to ${id} as ${to.user} with a client certificate: ${answer}`);
  } catch (error) {
    throw new DemoFailed(`could not connect to ${id}: ${error instanceof Error ? error.message : error}`);
  } finally {
    await way.close();
  }
}

async function ask({ port, certificate }: Way, user: string, database: string): Promise<string> {
  // As an agent does with `tls: mode: insecure`: the clone's certificate is self-signed.
  const ssl = certificate === undefined ? false : { ...certificate, rejectUnauthorized: false };
  const client = new pg.Client({ host: '127.0.0.1', port, user, database, ssl });
  await client.connect();
  try {
    const { rows } = await client.query('select version() as version, current_user as who');
    return String(rows[0].version).split(' ').slice(0, 2).join(' ');
  } finally {
    await client.end();
  }
}

async function destroyAndMiss(sandbox: Sandbox, id: string, options: DemoOptions): Promise<void> {
  const clone = await sandbox.engine.settled(id);
  if (clone === undefined) throw new DemoFailed(`clone ${id} is gone`);
  const removal = stopwatch(options);
  sandbox.engine.destroy(id);
  await sandbox.engine.settled(id);
  removal(`clone ${id} destroyed`);
  const name = registrationName(sandbox, clone);
  const deregistration = stopwatch(options);
  const isGone = async () => !(await sandbox.cluster.visible()).has(name);
  await until(isGone, `${name} did not disappear from Teleport`, options);
  deregistration('… and gone from Teleport');
}

function registrationName({ environmentId }: Sandbox, { id, db }: CloneView): string {
  return databaseName({ environment: environmentId, cloneId: id, port: Number(db.port) });
}

function stopwatch({ clock, onStep }: DemoOptions): (sentence: string) => void {
  const started = clock.now();
  return (sentence) => onStep({ sentence, tookMs: clock.now() - started });
}

async function until(
  isSo: () => Promise<boolean>,
  complaint: string,
  { clock, signal }: DemoOptions,
): Promise<void> {
  const end = clock.now() + PATIENCE_MS;
  while (!(await isSo())) {
    signal.throwIfAborted();
    if (clock.now() > end) throw new DemoFailed(`${complaint} within ${PATIENCE_MS / 1_000} s`);
    await clock.sleep(LOOK_MS, signal);
  }
}
