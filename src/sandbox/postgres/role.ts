import pg from 'pg';
import type { CloneDatabaseRequest } from '../engine/database.ts';
import { DATA_OWNER } from './seed.ts';

/** Opens a connection as the superuser; whoever asks for it ends it. */
export type Connect = (dbName: string) => Promise<pg.Client>;

/**
 * Makes the role of a clone as the Engine does: an existing one gets the password and may log in; without
 * `restricted` it is a superuser, with it the owner of all databases and of all that is in them.
 */
export async function createRole(request: CloneDatabaseRequest, connect: Connect): Promise<void> {
  const client = await connect(request.dbName || 'postgres');
  try {
    await client.query(await roleStatement(request, client));
    if (request.restricted) await handOver(request.username, client, connect);
  } finally {
    await client.end();
  }
}

async function roleStatement(request: CloneDatabaseRequest, client: pg.Client): Promise<string> {
  const { username, password, restricted } = request;
  if (`${username}${password}`.includes('\0'))
    throw new Error('role names and passwords cannot hold a zero byte');
  const { rowCount } = await client.query('SELECT FROM pg_roles WHERE rolname = $1', [username]);
  const verb = rowCount === 0 ? 'CREATE' : 'ALTER';
  const rank = restricted ? 'NOSUPERUSER' : 'SUPERUSER';
  return `${verb} ROLE ${pg.escapeIdentifier(username)} ${rank} LOGIN PASSWORD ${pg.escapeLiteral(password)}`;
}

async function handOver(username: string, client: pg.Client, connect: Connect): Promise<void> {
  const role = pg.escapeIdentifier(username);
  const { rows } = await client.query<{ name: string }>(
    'SELECT datname AS name FROM pg_database WHERE datallowconn AND NOT datistemplate',
  );
  for (const { name } of rows) {
    const inside = await connect(name);
    try {
      await inside.query(`ALTER DATABASE ${pg.escapeIdentifier(name)} OWNER TO ${role}`);
      await inside.query(`ALTER SCHEMA public OWNER TO ${role}; REASSIGN OWNED BY ${DATA_OWNER} TO ${role}`);
    } finally {
      await inside.end();
    }
  }
}
