import { serveOptions } from '../../config/serve-options.ts';
import type { CloneDocument } from '../../engine/clones.ts';
import { readState } from '../../sandbox/state.ts';
import { databaseName } from '../../teleport/name.ts';
import type { OpenEngine } from '../engine/connection.ts';
import type { Run } from '../host.ts';

/**
 * How to reach a clone through Teleport, as command lines for a shell. None where it is not known under
 * which environment the Engine's clones are registered, or while the clone has no port.
 */
export function teleportLines(clone: CloneDocument, open: OpenEngine, { env }: Pick<Run, 'env'>): string[] {
  const environment = sandboxEnvironment(open) ?? namedEnvironment(env);
  const port = Number(clone.db?.port ?? 0);
  if (environment === undefined || !(port > 0)) return [];
  const name = databaseName({ environment, cloneId: clone.id, port });
  const as = `--db-user ${word(clone.db?.username)} --db-name ${word(clone.db?.dbName)}`;
  return [`tsh db connect ${name} ${as}`, `tsh proxy db --tunnel ${name} ${as}`];
}

/** It answers at its address with its token, so it runs. */
function sandboxEnvironment({ url, token }: OpenEngine): string | undefined {
  const sandbox = readState(() => true);
  const isIt = sandbox !== undefined && sandbox.url === url && token.matches(sandbox.token.reveal());
  return isIt ? sandbox.environmentId : undefined;
}

/** As the sidecar on this host is told. */
function namedEnvironment(env: Run['env']): string | undefined {
  const { env: variable, schema } = serveOptions.environmentId;
  const parsed = schema.safeParse(env[variable] || undefined);
  return parsed.success ? parsed.data : undefined;
}

/** Quoted where a shell would read it otherwise. */
function word(text: string | null | undefined): string {
  return /^[\w.@%+:,/-]+$/.test(text ?? '') ? `${text}` : `'${(text ?? '').replaceAll("'", "'\\''")}'`;
}
