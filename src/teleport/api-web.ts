/** The proxy as a web server: asked without credentials, trusted by the roots of the web. */
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import type { IncomingMessage } from 'node:http';
import { type RequestOptions, request } from 'node:https';
import { isIP } from 'node:net';
import { z } from 'zod';
import { DialError } from './api-dial-error.ts';
import { refuseCaFile, systemRoots } from './web-roots.ts';

export interface WebAddress {
  readonly host: string;
  readonly port: number;
  /** PEM file, trusted besides the system's roots. */
  readonly caFile: string | undefined;
}

/** What a proxy tells everybody. */
export interface ProxyFacts {
  readonly cluster: string;
  /** Whether Auth can be reached through the proxy's web port. */
  readonly hasTlsRouting: boolean;
  /** Of Teleport; empty where the proxy does not say. */
  readonly version: string;
  /** What its clock showed when it answered, in milliseconds since the epoch and to the second. */
  readonly time: number | undefined;
}

const PATH = '/webapi/find';
const MOST_BYTES = 256 * 1024;

const schema = z.object({
  cluster_name: z.string(),
  server_version: z.string().default(''),
  proxy: z.object({ tls_routing_enabled: z.boolean().default(false) }),
});

/** Rejects with a `DialError`, with Node's error, or with the signal's reason. */
export async function askProxy(address: WebAddress, signal: AbortSignal): Promise<ProxyFacts> {
  const { response, body } = await get(PATH, address, signal);
  const facts = schema.safeParse(parse(body));
  if (!facts.success) {
    throw new DialError('no-upgrade', `it answered GET ${PATH} with HTTP ${response.statusCode}`);
  }
  const time = Date.parse(response.headers.date ?? '');
  return {
    cluster: facts.data.cluster_name,
    hasTlsRouting: facts.data.proxy.tls_routing_enabled,
    version: facts.data.server_version,
    time: Number.isNaN(time) ? undefined : time,
  };
}

/**
 * The authority that signs what agents show to databases, as PEM: what `tctl auth export --type=db-client`
 * prints, without credentials. Rejects as `askProxy` does.
 */
export async function askClientAuthority(address: WebAddress, signal: AbortSignal): Promise<string> {
  const path = '/webapi/auth/export?type=db-client';
  const { response, body } = await get(path, address, signal);
  if (response.statusCode !== 200 || !body.includes('-----BEGIN CERTIFICATE-----')) {
    throw new DialError('no-upgrade', `it answered GET ${path} with HTTP ${response.statusCode}`);
  }
  return `${body.trim()}\n`;
}

async function get(path: string, address: WebAddress, signal: AbortSignal) {
  const asked = request({ ...(await webTls(address)), path, signal });
  asked.on('error', () => {}); // also told to whoever waits; alone it would end the process
  asked.end();
  const [response] = (await once(asked, 'response')) as [IncomingMessage];
  return { response, body: await textOf(response, path) };
}

/** How to call the web server at this address; the caller adds what it wants of it. */
export async function webTls({ host, port, caFile }: WebAddress): Promise<RequestOptions> {
  const ca = [await systemRoots()];
  if (caFile !== undefined) {
    ca.push(await readFile(caFile, 'utf8').catch((error: unknown) => refuseCaFile(caFile, error)));
  }
  return { host, port, ca, agent: false, servername: isIP(host) ? '' : host };
}

async function textOf(response: IncomingMessage, path: string): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > MOST_BYTES) throw new DialError('no-upgrade', `its answer to GET ${path} is too long`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

function parse(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return undefined;
  }
}
