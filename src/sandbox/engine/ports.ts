import { once } from 'node:events';
import net, { type AddressInfo } from 'node:net';

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

/** `probe` skips ports that another program listens at: needed where something is going to listen there. */
export function openPorts(pool: PortPool, probe: boolean): Ports {
  const taken = new Set<number>();
  const seen = new Set<number>();

  async function candidate(skipped: ReadonlySet<number>): Promise<number | undefined> {
    const isFree = (port: number) => !taken.has(port) && !skipped.has(port);
    if (pool.from === 0) return [...seen].sort((a, b) => a - b).find(isFree) ?? (await anyFreePort(seen));
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

async function anyFreePort(known: ReadonlySet<number>): Promise<number> {
  for (;;) {
    const port = await listenOnce(0);
    if (port !== undefined && !known.has(port)) return port;
  }
}

async function isListenable(port: number): Promise<boolean> {
  return (await listenOnce(port)) !== undefined;
}

/** The port that could be listened at (0: any), or undefined when it is in use. */
async function listenOnce(port: number): Promise<number | undefined> {
  const server = net.createServer().listen(port, '127.0.0.1');
  try {
    await once(server, 'listening');
  } catch {
    return undefined;
  }
  const address = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return address.port;
}
