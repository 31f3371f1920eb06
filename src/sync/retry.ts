import type { TeleportErrorCode } from '../teleport/error.ts';
import type { Change } from '../teleport/teleport.ts';

/**
 * What follows from a refusal. `done`: nothing is left to do. `again`: later, sooner at first (a lagging
 * cache, a network, a half-written file mend themselves). `report`: a person has to act; looked at again
 * by the next sweep or when the identity changes.
 */
export type Consequence = 'done' | 'again' | 'report';

/**
 * (operation, code) → consequence. The same words mean different things: "does not exist" on an update is
 * the lagging cache, on a delete it is the wish come true, unless our own write is still invisible.
 */
const CONSEQUENCES: Readonly<
  Record<TeleportErrorCode, Consequence | Readonly<Record<Change['action'], Consequence>>>
> = {
  'already-exists': 'again',
  'not-found': { create: 'again', update: 'again', delete: 'done' },
  'rule-denied': 'report',
  'labels-denied': 'report',
  invalid: 'report',
  'identity-expired': 'again',
  'identity-missing': 'again',
  'identity-invalid': 'again',
  unreachable: 'again',
  timeout: 'again',
  'tctl-missing': 'again',
  unknown: 'again',
};

export function consequence(
  action: Change['action'],
  code: TeleportErrorCode,
  isOwnWriteInvisible: boolean,
): Consequence {
  if (action === 'delete' && code === 'not-found' && isOwnWriteInvisible) return 'again';
  const found = CONSEQUENCES[code];
  return typeof found === 'string' ? found : found[action];
}

const FIRST_MS = 500;
const LONGEST_MS = 60_000;

/** Milliseconds before try number `failures` + 1: 0.5 s doubling to `longestMs`, less up to a quarter at random. */
export function backoff(failures: number, random: number, longestMs = LONGEST_MS): number {
  const full = Math.min(longestMs, FIRST_MS * 2 ** Math.min(failures - 1, 16));
  return full * (1 - random / 4);
}
