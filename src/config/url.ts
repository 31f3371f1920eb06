import { isHost, parseAddress } from '../lib/address.ts';
import { accept, type Parsed, refuse } from '../lib/parsed.ts';

/**
 * Reads the address of an HTTP API. The text is kept as it was typed, without slashes at its end: it is
 * written into Teleport, where a registration that only differs in spelling would count as changed.
 */
export function parseHttpUrl(text: string): Parsed<string> {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || !/^https?:\/\//i.test(text)) {
    return refuse('it must be a URL such as http://localhost:2345');
  }
  if (url.username !== '' || url.password !== '') return refuse('it must not hold a user name or a password');
  if (text.includes('?') || text.includes('#')) return refuse('it must end before any ? or #');
  return accept(text.replace(/\/+$/, ''));
}

/** Reads the address of a Teleport proxy as `host:port`; `https://` before it and a missing port (443) are forgiven. */
export function parseProxy(text: string): Parsed<string> {
  const bare = text.replace(/^https:\/\//i, '').replace(/\/$/, '');
  if (isHost(bare)) return accept(bare.includes(':') ? `[${bare}]:443` : `${bare}:443`);
  const address = parseAddress(bare);
  if (!address.ok || address.value.host === '' || address.value.port === 0) {
    return refuse('it must be HOST:PORT, such as teleport.example.com:443');
  }
  return accept(bare);
}
