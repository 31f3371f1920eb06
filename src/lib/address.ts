import { isIPv6 } from 'node:net';
import { accept, type Parsed, refuse } from './parsed.ts';

/** Where to listen: an empty host means every interface, port 0 any free one. IPv6 comes without brackets. */
export interface Address {
  readonly host: string;
  readonly port: number;
}

const HOST_NAME = /^(?=.{1,253}$)\w([\w-]*\w)?(\.\w([\w-]*\w)?)*\.?$/;

/** True for a host name, an IPv4 or an IPv6 address, the last without brackets. */
export function isHost(text: string): boolean {
  return HOST_NAME.test(text) || isIPv6(text);
}

/** Reads `host:port`, `:port` and `[::1]:port`. */
export function parseAddress(text: string): Parsed<Address> {
  const match = /^(?:\[([^\]]*)\]|([^:]*)):([^:]*)$/.exec(text);
  if (match === null) return refuse('it must be HOST:PORT, :PORT or [IPv6]:PORT');
  const [, bracketed, plain = '', digits = ''] = match;
  if (bracketed !== undefined && !isIPv6(bracketed))
    return refuse('there is no IPv6 address between its brackets');
  const host = bracketed ?? plain;
  if (host !== '' && !isHost(host)) return refuse('its host is neither a name nor an address');
  const port = parsePort(digits);
  if (port === undefined) return refuse('its port must be a number from 0 to 65535');
  return accept({ host, port });
}

/** The inverse of `parseAddress`. */
export function formatAddress(address: Address): string {
  const host = address.host.includes(':') ? `[${address.host}]` : address.host;
  return `${host}:${address.port}`;
}

function parsePort(digits: string): number | undefined {
  const port = Number(digits);
  return /^\d{1,5}$/.test(digits) && port <= 65_535 ? port : undefined;
}
