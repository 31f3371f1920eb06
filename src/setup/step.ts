import type { Site } from '../site/site.ts';
import type { Change } from './change.ts';

export type StepId =
  | 'bot-role'
  | 'user-role'
  | 'certificates'
  | 'client-ca'
  | 'server-yml'
  | 'agent'
  | 'identity'
  | 'service';

/** A part of an installation. Planning changes nothing, and plans nothing where all is as it should be. */
export interface Step {
  readonly id: StepId;
  readonly title: string;
  /** What somebody with the right to do so types where this program cannot. */
  readonly byHand?: string;
  plan(site: Site, choices: Choices): Promise<Planned>;
}

/** What can be made in two ways. */
export interface Choices {
  /** Who makes the sidecar's identity: tbot, or tctl for a plain user (self-hosted only). */
  readonly identityBy: 'tbot' | 'user';
}

export interface Planned {
  readonly changes: readonly Change[];
  /** What a person has to do, in this order, once the changes are made. */
  readonly remains?: readonly string[];
  /** Why something that belongs to it is not among them, and what to do. */
  readonly problem?: string;
}

/** What cannot be planned as things are: the sentence says why, and what to do. */
export class SetupError extends Error {
  override readonly name = 'SetupError';
}
