import type { Session } from '../teleport/auth.ts';
import type { TeleportVersion } from '../teleport/document.ts';
import { Refusal } from '../teleport/refusal.ts';
import { noun } from '../teleport/words.ts';
import type { Arguments } from './arguments.ts';
import { parseArguments } from './arguments.ts';
import { bots } from './bots.ts';
import { create } from './create.ts';
import { get } from './get.ts';
import type { IdentityFile, TctlAnswer, TctlRequest } from './protocol.ts';
import * as words from './words.ts';

/** The cluster as a tctl run meets it. */
export interface TctlCluster {
  readonly version: TeleportVersion;
  /** Milliseconds since the epoch. */
  now(): number;
  /** Opens the door for whoever the certificate names. */
  authenticate(certificate: string): Session | 'expired' | 'stranger';
}

/**
 * One run of tctl against the cluster, in tctl's own words: what it prints and how it exits. Throws only
 * what is no refusal.
 */
export function run(request: TctlRequest, cluster: TctlCluster): TctlAnswer {
  let parsed: Arguments;
  try {
    parsed = parseArguments(request.args);
  } catch (error) {
    return words.failure(error instanceof Error ? error.message : String(error));
  }
  if (parsed.command === 'version') return words.versionLine(cluster.version);
  const session = open(request.identity, cluster, parsed.authServer ?? '');
  return 'exit' in session ? session : carryOut(parsed, request.stdin, { session, cluster });
}

/** Lets whoever the identity names in, or says why not. */
export function open(identity: IdentityFile, cluster: TctlCluster, authServer: string): Session | TctlAnswer {
  if (identity.state === 'missing') return words.identityMissing(cluster.version);
  if (identity.state === 'garbled') return words.identityGarbled(identity.reason);
  const session = cluster.authenticate(identity.certificate);
  if (session === 'expired') return words.identityExpired(cluster.version);
  return session === 'stranger' ? words.cannotConnect(authServer) : session;
}

function carryOut(
  parsed: Arguments,
  stdin: string,
  { session, cluster }: { session: Session; cluster: TctlCluster },
): TctlAnswer {
  const { command, operands, force, format } = parsed;
  const [operand = ''] = operands;
  try {
    if (command === 'get')
      return words.success(get(session, operand, format, { version: cluster.version, now: cluster.now() }));
    if (command === 'create') return create(session, stdin, force);
    if (command === 'bots') return words.success(bots(session, parsed));
    if (command === 'rm') return words.success(remove(session, operand));
    return words.failure(`expected command but got "${command ?? ''}"`);
  } catch (error) {
    if (error instanceof Refusal) return words.failure(error.message);
    throw error;
  }
}

/** A database is looked for in the list first, which lags; an app is removed without a look. */
function remove(session: Session, reference: string): string {
  const [kind, name = ''] = reference.split(/\/(.*)/s);
  if (name === '')
    throw new Refusal(
      'invalid',
      'provide a full resource name to delete, for example:\n$ tctl rm cluster/east\n',
    );
  if (kind !== 'db' && kind !== 'app')
    throw new Refusal('invalid', `deleting resources of type "${kind}" is not supported`);
  if (kind === 'db' && !session.list('db').some(({ metadata }) => metadata.name === name))
    throw new Refusal('not-found', `database "${name}" not found`);
  session.remove(kind, name);
  return `${noun(kind)} "${name}" has been deleted\n`;
}
