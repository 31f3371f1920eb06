import { cpus, loadavg, totalmem } from 'node:os';

/** What the figures were measured on, for whoever compares them with others. */
export function machine(): string {
  const [cpu] = cpus();
  const [load = 0] = loadavg();
  return [
    `${cpus().length} x ${cpu?.model.trim()}`,
    `${Math.round(totalmem() / 2 ** 30)} GiB`,
    `Node ${process.version}`,
    process.platform,
    `load average ${load.toFixed(1)} at the start`,
  ].join(', ');
}
