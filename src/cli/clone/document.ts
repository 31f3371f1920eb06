import { Agent } from 'node:http';
import { Agent as SecureAgent } from 'node:https';
import { z } from 'zod';
import { exchange } from '../../engine/exchange.ts';
import { notUnderstood, refused } from '../../engine/failure.ts';
import { noAnswer } from '../../engine/no-answer.ts';
import { readAnswer } from '../../engine/read.ts';
import { systemClock } from '../../lib/clock.ts';
import type { Connection } from './connection.ts';

/*
 * Clones as the Engine's own documents, for the commands that show all of what the Engine says. The
 * sidecar reads less, and stricter (engine/clone.ts).
 */

export type CloneDocument = z.output<typeof cloneDocument>;

const cloneDocument = z.looseObject({
  id: z.string(),
  branch: z.string().nullish(),
  createdAt: z.string().nullish(),
  status: z.looseObject({ code: z.string(), message: z.string().nullish() }),
  snapshot: z.looseObject({ id: z.string() }).nullish(),
  db: z
    .looseObject({
      connStr: z.string().nullish(),
      port: z.union([z.string(), z.number()]).nullish(),
      username: z.string().nullish(),
      dbName: z.string().nullish(),
    })
    .nullish(),
});

const instanceDocument = z.object({ cloning: z.object({ clones: z.array(cloneDocument).nullable() }) });

/** Throws an `EngineError`. */
export async function readClone(
  id: string,
  connection: Connection,
  signal: AbortSignal,
): Promise<CloneDocument> {
  return read(`/clone/${encodeURIComponent(id)}`, cloneDocument, connection, signal);
}

/** Every clone of the Engine, newest first. Throws an `EngineError`. */
export async function readClones(connection: Connection, signal: AbortSignal): Promise<CloneDocument[]> {
  return (await read('/status', instanceDocument, connection, signal)).cloning.clones ?? [];
}

async function read<T>(
  path: string,
  schema: z.ZodType<T>,
  connection: Connection,
  signal: AbortSignal,
): Promise<T> {
  const { settings = { url: '--url', token: '--token' }, clock = systemClock } = connection;
  const url = new URL(connection.url);
  url.pathname = url.pathname.replace(/\/+$/, '') + path;
  const place = { address: connection.url, settings, timeoutMs: connection.timeoutMs };
  const asked = `GET ${path}`;
  const agent = url.protocol === 'https:' ? new SecureAgent() : new Agent();
  const line = { ...connection, agent, clock, maxBytes: 64 * 1024 * 1024 };
  const ask = { method: 'GET', url, token: connection.token.reveal() } as const;
  const answer = await exchange(ask, line, signal).catch((error: unknown) => {
    signal.throwIfAborted();
    throw noAnswer(error, asked, place);
  });
  if (answer.status !== 200) throw refused(answer, asked, place);
  const reading = readAnswer(answer, schema);
  if ('problem' in reading) throw notUnderstood(reading.problem, asked, place);
  return reading.value;
}
