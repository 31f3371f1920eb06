import type { Clock } from '../lib/clock.ts';
import type { Log } from '../lib/log.ts';
import type { Identity } from './identity.ts';
import { readIdentity, type StoredIdentity, watchIdentity } from './identity-file.ts';

export interface IdentityCare {
  readonly path: string;
  readonly clock: Clock;
  readonly log: Log;
  /** Called when the file holds another whole identity than before. */
  readonly onChange: () => void;
  /** Called with what the file holds each time it is looked at; undefined for nothing whole. */
  readonly onSeen?: (identity: Identity | undefined) => void;
  readonly signal: AbortSignal;
}

const LOOK_MS = 60_000;
/** tbot renews at a third of a certificate's life; with less than this left it has not. */
const LATE_SHARE = 1 / 5;

/** Tells of every new identity, and warns (once per identity) of what will be a night call later. */
export async function careForIdentity(care: IdentityCare): Promise<void> {
  const { path, clock, log, signal } = care;
  const onChange = (identity: StoredIdentity) => {
    log.info(
      { user: identity.user, expiresAt: isoTime(identity.expiresAt) },
      'The identity file holds a new identity.',
    );
    care.onSeen?.(identity);
    care.onChange();
  };
  await Promise.all([watchIdentity({ path, clock, signal, onChange }), warnAhead(care)]);
}

async function warnAhead({ path, clock, log, signal, onSeen }: IdentityCare): Promise<void> {
  let said = '';
  while (!signal.aborted) {
    const identity = await readIdentity(path).catch(() => undefined);
    onSeen?.(identity);
    const warnings = identity === undefined ? [] : concerns(identity, path, clock.now());
    const fresh = warnings.join(' ') + (identity?.cert ?? '');
    if (fresh !== said) for (const warning of warnings) log.warn({}, warning);
    said = fresh;
    await clock.sleep(LOOK_MS, signal);
  }
}

/** What is wrong, or soon will be, with an identity that still works. Pure. */
export function concerns(
  identity: Pick<Identity, 'notBefore' | 'expiresAt'> & { readonly readableByOthers: boolean },
  path: string,
  now: number,
): string[] {
  const found: string[] = [];
  const left = identity.expiresAt - now;
  if (left > 0 && left < (identity.expiresAt - identity.notBefore) * LATE_SHARE) {
    found.push(
      `The identity in ${path} expires at ${isoTime(identity.expiresAt)} and has not been renewed. ` +
        'Check that tbot runs as a service (systemctl status tbot) and writes there.',
    );
  }
  if (identity.readableByOthers) {
    found.push(`Others than its owner may read ${path}, which holds a private key: chmod 600 ${path}`);
  }
  return found;
}

function isoTime(at: number): string {
  return new Date(at).toISOString();
}
