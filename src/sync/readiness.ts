import type { TeleportErrorCode } from '../teleport/error.ts';
import { APP_KEY } from './change.ts';
import type { Status } from './status.ts';
import { troublesOf } from './trouble.ts';

export interface Readiness {
  readonly ready: boolean;
  readonly sentence: string;
}

/** Codes that mean that databases cannot be kept in step; with the others one thing waits and the rest goes on. */
const STOPPING: ReadonlySet<TeleportErrorCode> = new Set([
  'rule-denied',
  'labels-denied',
  'identity-expired',
  'identity-missing',
  'identity-invalid',
  'unreachable',
  'timeout',
  'tctl-missing',
]);

/** Ready while databases can be kept in step; in either case the text says what is wrong and what to do. */
export function readiness(status: Status): Readiness {
  const { lookedAt, blindness, clones, failures } = status;
  if (blindness !== undefined) return { ready: false, sentence: blindness.error.message };
  if (lookedAt === undefined) {
    return {
      ready: false,
      sentence: 'Starting: the first look at the Engine and at Teleport is not over yet.',
    };
  }
  const troubles = troublesOf(status);
  const registered = clones.filter((clone) => clone.standing === 'registered').length;
  return {
    ready: !failures.some(({ key, error }) => key !== APP_KEY && STOPPING.has(error.code)),
    sentence: troubles.length > 0 ? troubles.join(' ') : `In step: ${count(registered, 'clone')} registered.`,
  };
}

function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? '' : 's'}`;
}
