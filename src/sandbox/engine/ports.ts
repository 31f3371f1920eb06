import { once } from 'node:events';
import net from 'node:net';
import type { Clock } from '../../lib/clock.ts';

/** The port pool of the Engine: the lowest free port first, so a freed port goes to the very next clone. */
export interface Ports {
  /** Rejects when the pool is empty, or when five free ports in a row are used by other programs. */
  take(): Promise<number>;
  free(port: number): void;
}

export interface PortPool {
  /** 0: any port that is free on this host, instead of a range. */
  readonly from: number;
  /** Inclusive. */
  readonly to: number;
}

const MAX_BUSY_PORTS = 5;
/** Below the ports that systems give to outgoing connections, which come and go at any time. */
const ANY = { from: 10_000, to: 32_767 };

/** `probe` skips ports that another program listens at: needed where something is going to listen there. */
export function openPorts(pool: PortPool, probe: boolean, clock: Clock): Ports {
  const taken = new Set<number>();
  const seen = new Set<number>();

  async function candidate(skipped: ReadonlySet<number>): Promise<number | undefined> {
    const isFree = (port: number) => !taken.has(port) && !skipped.has(port);
    if (pool.from === 0)
      return [...seen].sort((a, b) => a - b).find(isFree) ?? (await anyFreePort(seen, clock));
    for (let port = pool.from; port <= pool.to; port++) if (isFree(port)) return port;
    return undefined;
  }

  return {
    async take() {
      const skipped = new Set<number>();
      while (skipped.size < MAX_BUSY_PORTS) {
        const port = await candidate(skipped);
        if (port === undefined) break;
        if (taken.has(port)) continue; // another clone was quicker while a port was looked for
        taken.add(port);
        seen.add(port);
        if (!probe || (await isListenable(port))) return port;
        taken.delete(port);
        skipped.add(port);
      }
      throw new Error('failed to get a free port');
    },
    free: (port) => {
      taken.delete(port);
    },
  };
}

async function anyFreePort(known: ReadonlySet<number>, clock: Clock): Promise<number | undefined> {
  const size = ANY.to - ANY.from;
  const start = Math.floor(clock.random() * size);
  for (let step = 0; step < size; step++) {
    const port = ANY.from + ((start + step) % size);
    if (!known.has(port) && (await isListenable(port))) return port;
  }
  return undefined;
}

async function isListenable(port: number): Promise<boolean> {
  const server = net.createServer().listen(port, '127.0.0.1');
  try {
    await once(server, 'listening');
  } catch {
    return false;
  }
  server.close();
  await once(server, 'close');
  return true;
}
