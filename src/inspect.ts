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
import { documentOf, type StatusDocument } from './server/status-document.ts';
import { readStatus } from './sidecar.ts';
import { describe } from './sync/describe.ts';
import { outlook } from './sync/outlook.ts';
import { decide, type World } from './sync/pass.ts';
import { starting } from './sync/status.ts';
import { TeleportError } from './teleport/error.ts';
import { openWorld, type Surroundings } from './world.ts';

/** One look, fit to be shown. */
export interface Picture extends StatusDocument {
  /** Nothing is wrong and nothing is left to do. */
  readonly inStep: boolean;
  /** What a sidecar would do; none where one has been asked. */
  readonly due: readonly string[];
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
  return { ok: true, picture: picture(document, []) };
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
    return picture(documentOf(status), [...decision.due, ...decision.held].map(describe));
  } catch (error) {
    if (!isExpected(error)) throw error;
    return unknown(world, error.message);
  }
}

function isExpected(error: unknown): error is Error {
  return error instanceof EngineError || error instanceof TeleportError || error instanceof EditionRefused;
}

function picture(document: StatusDocument, due: readonly string[]): Picture {
  const inStep = document.ready && document.troubles.length === 0 && due.length === 0;
  return { ...document, inStep, due };
}

function unknown({ policy, teleport }: World, trouble: string): Picture {
  const nothing = documentOf(starting(policy, teleport.transport));
  return picture({ ...nothing, app: 'not-known', troubles: [trouble] }, []);
}
