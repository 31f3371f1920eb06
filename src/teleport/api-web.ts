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
}

const PATH = '/webapi/find';
const MOST_BYTES = 256 * 1024;

const schema = z.object({
  cluster_name: z.string(),
  proxy: z.object({ tls_routing_enabled: z.boolean().default(false) }),
});

/** Rejects with a `DialError`, with Node's error, or with the signal's reason. */
export async function askProxy(address: WebAddress, signal: AbortSignal): Promise<ProxyFacts> {
  const asked = request({ ...(await webTls(address)), path: PATH, signal });
  asked.on('error', () => {}); // also told to whoever waits; alone it would end the process
  asked.end();
  const [response]: IncomingMessage[] = await once(asked, 'response');
  const facts = schema.safeParse(await readJson(response));
  if (!facts.success) {
    throw new DialError('no-upgrade', `it answered GET ${PATH} with HTTP ${response?.statusCode}`);
  }
  return {
    cluster: facts.data.cluster_name,
    hasTlsRouting: facts.data.proxy.tls_routing_enabled,
  };
}

/** How to call the web server at this address; the caller adds what it wants of it. */
export async function webTls({ host, port, caFile }: WebAddress): Promise<RequestOptions> {
  const ca = [await systemRoots()];
  if (caFile !== undefined) {
    ca.push(await readFile(caFile, 'utf8').catch((error: unknown) => refuseCaFile(caFile, error)));
  }
  return { host, port, ca, agent: false, servername: isIP(host) ? '' : host };
}

async function readJson(response: IncomingMessage | undefined): Promise<unknown> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of (response ?? []) as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > MOST_BYTES) throw new DialError('no-upgrade', `its answer to GET ${PATH} is too long`);
    chunks.push(chunk);
  }
  try {
    return JSON.parse(Buffer.concat(chunks).toString('utf8'));
  } catch {
    return undefined;
  }
}
