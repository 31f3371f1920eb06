import { once } from 'node:events';
import { connect as dial } from 'node:net';
import { join } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import { execa } from 'execa';
import type { Clock } from '../../lib/clock.ts';
import type { Destination, Way } from '../cluster.ts';
import type { Ports } from '../engine/ports.ts';
import { environmentIn, type Place } from './programs.ts';

export interface TunnelParts {
  readonly place: Place;
  /** Web address of the proxy. */
  readonly proxy: string;
  /** Identity of the person who connects. */
  readonly identity: string;
  readonly ports: Ports;
  readonly clock: Clock;
}

const PATIENCE_MS = 30_000;
const LOOK_MS = 100;

/**
 * A local port that leads to the database as `tsh proxy db --tunnel` opens it: through the proxy and the
 * agent, which shows a client certificate of its own. Rejects with what tsh said last.
 */
export async function openTunnel(to: Destination, parts: TunnelParts): Promise<Way> {
  const end = parts.clock.now() + PATIENCE_MS;
  let said = '';
  for (;;) {
    const { port, isOpen, close } = await tryTunnel(to, parts, end);
    if (isOpen) return { port, certificate: undefined, close: async () => void (await close()) };
    // The last try may be cut short before it says a word.
    said = (await close()) || said;
    if (parts.clock.now() > end) throw new Error(`tsh opened no tunnel to ${to.name}. ${said}`);
    // An agent takes a second or two to offer a new database; until then tsh ends with "not found".
    await parts.clock.sleep(LOOK_MS);
  }
}

async function tryTunnel(
  to: Destination,
  { place, proxy, identity, ports, clock }: TunnelParts,
  end: number,
) {
  const port = await ports.take();
  const tsh = execa(
    join(place.bin, 'tsh'),
    [
      ...['--insecure', '--proxy', proxy, '--identity', identity, 'proxy', 'db', '--tunnel'],
      ...['--port', String(port), '--db-user', to.user, '--db-name', to.database, to.name],
    ],
    { env: environmentIn(place), extendEnv: false, reject: false, stdin: 'ignore' },
  );
  const close = async () => {
    tsh.kill();
    const { stderr } = await tsh;
    ports.free(port);
    return stripVTControlCharacters(stderr).trim();
  };
  let isOpen = false;
  while (!isOpen && tsh.exitCode === null && clock.now() <= end) {
    await clock.sleep(LOOK_MS);
    isOpen = await answers(port);
  }
  return { port, isOpen, close };
}

async function answers(port: number): Promise<boolean> {
  const socket = dial({ port, host: '127.0.0.1' });
  try {
    await once(socket, 'connect');
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}
