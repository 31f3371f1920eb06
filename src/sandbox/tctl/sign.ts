import type { Session } from '../teleport/auth.ts';
import { Refusal } from '../teleport/refusal.ts';
import { type Arguments, parseArguments } from './arguments.ts';
import { open, type TctlCluster } from './command.ts';
import type { TctlAnswer, TctlRequest } from './protocol.ts';
import * as words from './words.ts';

/** Makes the text of an identity file. */
export type Sign = (request: {
  readonly user: string;
  readonly roles: readonly string[];
  readonly ttlMs: number;
}) => Promise<string>;

export interface Signers {
  readonly sign: Sign;
  /** PEM of the authority behind what agents show to databases. */
  readonly databaseCa: string;
}

const HOUR_MS = 3_600_000;

/** Whether the run is one that has to wait for a key: all others are answered at once. */
export function isAboutKeys(args: readonly string[]): boolean {
  try {
    return parseArguments(args).command === 'auth';
  } catch {
    return false;
  }
}

/** `tctl auth sign --format=file` and `tctl auth export --type=db-client`. Rejects with what is no refusal. */
export async function runAuth(request: TctlRequest, cluster: TctlCluster & Signers): Promise<TctlAnswer> {
  const parsed = parseArguments(request.args);
  const session = open(request.identity, cluster, parsed.authServer ?? '');
  if ('exit' in session) return session;
  try {
    return await answer(session, parsed, cluster);
  } catch (error) {
    if (error instanceof Refusal) return words.failure(error.message);
    throw error;
  }
}

async function answer(
  session: Session,
  { operands: [verb], type, format, user = '', out, ttl = '12h' }: Arguments,
  { sign, databaseCa }: Signers,
): Promise<TctlAnswer> {
  if (verb === 'export') {
    if (type !== 'db-client') throw new Refusal('invalid', `"${type}" authority type is not supported`);
    return words.success(databaseCa);
  }
  if (verb !== 'sign' || format !== 'file') throw new Refusal('invalid', `unsupported format "${format}"`);
  if (out === undefined) throw new Refusal('invalid', 'missing --out flag');
  session.demand('create', 'user');
  const roles = session.administration.rolesOf(user);
  const ttlMs = Number(/^(\d+)h/.exec(ttl)?.[1] ?? 12) * HOUR_MS;
  const file = await sign({ user, roles, ttlMs });
  return { ...words.success(`\nThe credentials have been written to ${out}\n`), file };
}
