import type { CallOptions, Client } from '@connectrpc/connect';
import { isAppMessage, isDatabaseMessage, toApp, toDatabase } from './api-message.ts';
import { TeleportError, type TeleportErrorCode } from './error.ts';
import type { AuthService } from './gen/auth_pb.ts';
import type { Resource } from './resource.ts';
import type { Change, Outcome } from './teleport.ts';

type AuthClient = Client<typeof AuthService>;

/** What one call fails with for a reason that the others share. */
const FOR_ALL: readonly TeleportErrorCode[] = [
  'unreachable',
  'timeout',
  'identity-expired',
  'identity-invalid',
];

/**
 * One outcome per change, in their order, so many side by side. Rejects only when `apply` does with anything
 * but a `TeleportError`. A failure that speaks for all is not asked for again.
 */
export async function applyAll(
  changes: readonly Change[],
  sideBySide: number,
  apply: (change: Change) => Promise<void>,
): Promise<Outcome[]> {
  const outcomes: Outcome[] = [];
  let verdict: TeleportError | undefined;
  const attempt = async (change: Change): Promise<Outcome> => {
    try {
      if (verdict !== undefined) throw verdict;
      await apply(change);
      return { ok: true };
    } catch (error) {
      if (!(error instanceof TeleportError)) throw error;
      if (FOR_ALL.includes(error.code)) verdict = error;
      return { ok: false, error };
    }
  };
  const queue = changes.entries();
  const work = async () => {
    for (const [index, change] of queue) outcomes[index] = await attempt(change);
  };
  await Promise.all(Array.from({ length: Math.min(sideBySide, changes.length) }, work));
  return outcomes;
}

/** Carries out one change; rejects as the call does. */
export async function carryOut(client: AuthClient, change: Change, options: CallOptions): Promise<void> {
  switch (change.action) {
    case 'create':
      return create(client, change.resource, options);
    case 'update':
      return update(client, change.resource, change.current.source, options);
    case 'delete':
      return remove(client, change.current, options);
  }
}

async function create(client: AuthClient, resource: Resource, options: CallOptions): Promise<void> {
  if (resource.kind === 'db') await client.createDatabase(toDatabase(resource), options);
  else await client.createApp(toApp(resource), options);
}

/** An update replaces the whole: what another transport has read, or nobody, is read first. */
async function update(
  client: AuthClient,
  resource: Resource,
  source: unknown,
  options: CallOptions,
): Promise<void> {
  const { name } = resource;
  if (resource.kind === 'db') {
    const current = isDatabaseMessage(source) ? source : await client.getDatabase({ name }, options);
    await client.updateDatabase(toDatabase(resource, current), options);
  } else {
    const current = isAppMessage(source) ? source : await client.getApp({ name }, options);
    await client.updateApp(toApp(resource, current), options);
  }
}

async function remove(client: AuthClient, { kind, name }: Resource, options: CallOptions): Promise<void> {
  if (kind === 'db') await client.deleteDatabase({ name }, options);
  else await client.deleteApp({ name }, options);
}
