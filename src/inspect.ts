/**
 * How an environment stands: from the sidecar that keeps it in step or, where none answers, read from
 * Engine and Teleport themselves. Changes nothing.
 */
import type { DirectConfig } from './config/direct.ts';
import { EditionRefused } from './engine/edition.ts';
import { EngineError } from './engine/error.ts';
import { type Address, formatAddress } from './lib/address.ts';
import type { Clock } from './lib/clock.ts';
import { Releases } from './lib/releases.ts';
import { readStatus, type StatusDocument } from './sidecar.ts';
import { describe } from './sync/describe.ts';
import { outlook } from './sync/outlook.ts';
import { decide, type World } from './sync/pass.ts';
import type { Status } from './sync/status.ts';
import { troublesOf } from './sync/trouble.ts';
import { TeleportError } from './teleport/error.ts';
import { openWorld, type Surroundings } from './world.ts';

/** One look, fit to be shown. */
export interface Picture {
  readonly environment: string;
  readonly inStep: boolean;
  /** What is wrong and what to do about it, in sentences; none when all is in step. */
  readonly troubles: readonly string[];
  /** By which way Teleport was reached. */
  readonly transport: string;
  /** When Engine and Teleport were last read as a whole; undefined: never, so the clones are not known. */
  readonly lookedAt: number | undefined;
  readonly clones: readonly ClonePicture[];
  /** The Engine's API as an app. */
  readonly app: string;
  /** What a sidecar would do. */
  readonly due: readonly string[];
}

export interface ClonePicture {
  readonly id: string;
  readonly status: string;
  readonly port: number | undefined;
  readonly standing: string;
  /** Of the registration, where there is (or should be) one. */
  readonly name: string | undefined;
  /** Hosts whose agents serve it; undefined where that is not known. */
  readonly servedBy: readonly string[] | undefined;
}

export interface Question {
  /** Where a sidecar may answer. */
  readonly address: Address;
  /** Whose sidecar it has to be; any will do where undefined. */
  readonly environment: string | undefined;
  readonly clock: Clock;
}

export type Answer =
  | { readonly ok: true; readonly picture: Picture }
  /** Why there is none, as a sentence. */
  | { readonly ok: false; readonly reason: string };

/** Asks the sidecar; rejects only with the reason of the signal. */
export async function askSidecar(
  { address, environment, clock }: Question,
  signal: AbortSignal,
): Promise<Answer> {
  const reading = await readStatus(address, clock, signal);
  if (!reading.ok) return reading;
  const { document } = reading;
  if (environment !== undefined && document.environment !== environment) {
    const other = JSON.stringify(document.environment);
    return {
      ok: false,
      reason: `The sidecar at ${formatAddress(address)} (--status-addr) serves environment ${other}.`,
    };
  }
  return { ok: true, picture: fromDocument(document) };
}

export interface Onlooker {
  /** Never rejects for what a remote does: that is part of the picture. */
  look(signal: AbortSignal): Promise<Picture>;
  close(): Promise<void>;
}

/** Reads Engine and Teleport as a sidecar with this configuration does. */
export async function openOnlooker(config: DirectConfig, surroundings: Surroundings): Promise<Onlooker> {
  const releases = new Releases();
  const world = await openWorld(config, surroundings, releases);
  return { look: (signal) => look(world, signal), close: () => releases.run() };
}

async function look(world: World, signal: AbortSignal): Promise<Picture> {
  const { policy, teleport, clock } = world;
  try {
    const decision = await decide(world, new Map(), signal);
    // The list has found the way to Teleport: only the API can tell of agents.
    const servers = teleport.transport === 'api' ? await teleport.served?.(signal) : undefined;
    const { transport } = teleport;
    const status = outlook(decision, { policy, transport, servers, now: clock.now() });
    return picture(status, [...decision.due, ...decision.held].map(describe));
  } catch (error) {
    if (!isExpected(error)) throw error;
    return unknown(world, error.message);
  }
}

function isExpected(error: unknown): error is Error {
  return error instanceof EngineError || error instanceof TeleportError || error instanceof EditionRefused;
}

function picture(status: Status, due: readonly string[]): Picture {
  const { environment, transport, service, app, lookedAt } = status;
  const troubles = troublesOf(status);
  return {
    environment,
    inStep: troubles.length === 0 && due.length === 0,
    troubles,
    transport,
    lookedAt,
    clones: status.clones.map((clone) => ({ ...clone, servedBy: hosts(service, clone.name) })),
    app,
    due,
  };
}

function hosts({ isKnown, servers }: Status['service'], name: string | undefined): string[] | undefined {
  if (!isKnown) return undefined;
  return [...new Set(servers.get(name ?? '')?.map((server) => server.host))].sort();
}

function unknown({ policy, teleport }: World, trouble: string): Picture {
  return {
    environment: policy.environment,
    inStep: false,
    troubles: [trouble],
    transport: teleport.transport,
    lookedAt: undefined,
    clones: [],
    app: 'not-known',
    due: [],
  };
}

function fromDocument({ ready, lookedAt, clones, ...rest }: StatusDocument): Picture {
  return {
    ...rest,
    inStep: ready && rest.troubles.length === 0,
    lookedAt: lookedAt === null ? undefined : Date.parse(lookedAt),
    clones: clones.map(({ port, name, servedBy, ...clone }) => ({
      ...clone,
      port: port ?? undefined,
      name: name ?? undefined,
      servedBy: servedBy ?? undefined,
    })),
    due: [],
  };
}
