import { createHash } from 'node:crypto';

/** What Teleport accepts as a database name (it answers "invalid database name" to anything else). */
const VALID_DATABASE = /^[a-zA-Z]([-a-zA-Z0-9]*[a-zA-Z0-9])?$/;
/** An app's name becomes a label of its host name: RFC 1123, lower case, at most 63. */
const VALID_APP = /^[a-z]([-a-z0-9]{0,61}[a-z0-9])?$/;
/** Teleport sets no limit; the original never wrote longer ones. */
const LONGEST_DATABASE = 200;
const LONGEST_APP = 63;

export const DATABASE_PREFIX = 'dblab-clone-';
export const APP_PREFIX = 'dblab-api-';

export interface CloneAddress {
  readonly environment: string;
  readonly cloneId: string;
  readonly port: number;
}

/**
 * The name of a clone's registration: `dblab-clone-ENV-ID-PORT` to the letter where Teleport takes that,
 * else the hashed form.
 */
export function databaseName(clone: CloneAddress): string {
  const plain = `${DATABASE_PREFIX}${clone.environment}-${clone.cloneId}-${clone.port}`;
  return isDatabaseName(plain) ? plain : hashedDatabaseName(clone);
}

/**
 * Stable and valid for any environment and id, and never the same for two clones that look alike:
 * 8 hex digits of a SHA-256 over both stand before the port.
 */
export function hashedDatabaseName({ environment, cloneId, port }: CloneAddress): string {
  const tail = `-${fingerprint(environment, cloneId)}-${port}`;
  const head = `${DATABASE_PREFIX}${dashed(environment)}-${dashed(cloneId)}`;
  return head.slice(0, LONGEST_DATABASE - tail.length) + tail;
}

export function isDatabaseName(name: string): boolean {
  return name.length <= LONGEST_DATABASE && VALID_DATABASE.test(name);
}

/** The name carries the port, so a clone that moved to another port needs another name. */
export function namesPort(name: string, port: number): boolean {
  return name.endsWith(`-${port}`);
}

/** The name of the Engine's API as an app: `dblab-api-ENV` where that is a DNS label, else a hashed form. */
export function appName(environment: string): string {
  const plain = `${APP_PREFIX}${environment}`;
  return VALID_APP.test(plain) ? plain : hashedAppName(environment);
}

export function hashedAppName(environment: string): string {
  const tail = `-${fingerprint(environment)}`;
  const head = `${APP_PREFIX}${dashed(environment).toLowerCase()}`;
  return head.slice(0, LONGEST_APP - tail.length) + tail;
}

function dashed(text: string): string {
  return text.replace(/[^a-zA-Z0-9]+/g, '-');
}

/** Parts are joined by a byte that no part can hold, so ("a", "b-c") and ("a-b", "c") differ. */
function fingerprint(...parts: string[]): string {
  return createHash('sha256').update(parts.join('\0')).digest('hex').slice(0, 8);
}
