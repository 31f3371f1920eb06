import type { Duplex } from 'node:stream';
import type { ClientHello } from './client-hello.ts';
import { readClientHello } from './client-hello.ts';
import { peek } from './peek.ts';

/** Where TLS connections may be led; each takes a stream from its first byte. */
export interface Destinations {
  readonly auth: (stream: Duplex) => void;
  readonly web: (stream: Duplex) => void;
}

/**
 * Leads a connection by the first protocol that its client offers: `teleport-auth@HEX.teleport.cluster.local`
 * to Auth, everything else to the web server. One that asks for another cluster is closed without an answer.
 */
export function routeTls(
  stream: Duplex,
  { protocols }: ClientHello,
  clusterName: string,
  { auth, web }: Destinations,
): void {
  const wanted = /^teleport-auth@(.*)\.teleport\.cluster\.local$/.exec(protocols[0] ?? '')?.[1];
  if (wanted === undefined) web(stream);
  else if (wanted === Buffer.from(clusterName).toString('hex')) auth(stream);
  else stream.destroy();
}

/** Tells of a stream that begins with TLS; any other is closed. */
export function recogniseTls(stream: Duplex, decide: (hello: ClientHello) => void): void {
  const judge = (bytes: Buffer) => {
    const hello = readClientHello(bytes);
    return hello === 'incomplete' ? undefined : hello;
  };
  peek(stream, judge, (hello) => {
    if (hello === 'foreign') stream.destroy();
    else decide(hello);
  });
}
