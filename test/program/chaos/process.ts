import { readdir, readFile, readlink } from 'node:fs/promises';

/** What a process holds, as the kernel tells it (proc(5)). */
export interface Held {
  /** What its descriptors are, without numbers: `socket`, `pipe`, a path. */
  readonly descriptors: readonly string[];
  readonly children: number;
  readonly memoryMb: number;
}

export async function heldBy(pid: number): Promise<Held> {
  const links = (await readdir(`/proc/${pid}/fd`)).map((fd) =>
    readlink(`/proc/${pid}/fd/${fd}`).catch(() => undefined),
  );
  const status = await readFile(`/proc/${pid}/status`, 'utf8');
  return {
    descriptors: (await Promise.all(links)).flatMap((it) => it?.replace(/:\[.*/, '') ?? []).sort(),
    children: (await processes()).filter(({ parent }) => parent === pid).length,
    memoryMb: Number(/^VmRSS:\s+(\d+) kB/m.exec(status)?.[1]) / 1_000,
  };
}

/** Processes with this among their arguments, whoever started them. */
export async function processesOf(argument: string): Promise<number[]> {
  return (await processes()).filter((it) => it.args.includes(argument)).map(({ pid }) => pid);
}

async function processes() {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name)).map(Number);
  const found = pids.map(async (pid) => {
    try {
      const stat = await readFile(`/proc/${pid}/stat`, 'utf8');
      const args = (await readFile(`/proc/${pid}/cmdline`, 'utf8')).split('\0');
      const [state, parent] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
      return state === 'Z' ? [] : [{ pid, parent: Number(parent), args }];
    } catch {
      return []; // it has ended meanwhile
    }
  });
  return (await Promise.all(found)).flat();
}
