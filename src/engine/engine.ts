import type { Clone } from './clone.ts';

/** One consistent picture of the Engine, from a single answer. */
export interface EngineReading {
  readonly clones: readonly Clone[];
  /** `community`, `standard`, `enterprise`; empty where the Engine does not say. */
  readonly edition: string;
  readonly version: string;
  readonly instanceId: string;
}

/**
 * What the program asks of a DBLab Engine. Every method rejects with an `EngineError`, or with the
 * signal's reason once that is aborted. It keeps no picture of its own and repeats nothing that changes
 * the Engine: whether and when to ask again is the caller's matter.
 */
export interface Engine {
  /** All clones together with the edition, or an error: never a part of the clones. */
  look(signal: AbortSignal): Promise<EngineReading>;
  clone(id: string, signal: AbortSignal): Promise<Clone>;
  /** Lets go of idle connections. */
  close(): void;
}
