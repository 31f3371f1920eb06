import { execaNode } from 'execa';

/** Tidies up after a sandbox that was killed. */
export interface Watchdog {
  /** The sandbox has tidied up itself. */
  dismiss(): Promise<void>;
}

/*
 * A sandbox that gets SIGKILL cannot stop its databases, and nobody else would. So a second process waits
 * for the end of its standard input, which comes with the end of the sandbox, whatever that was; then it
 * stops every server below the folder and removes it. Plain text, because it runs without our files.
 */
const PROGRAM = `
const { readdirSync, readFileSync, rmSync } = require('node:fs');
const folder = process.argv[1];
for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(name, () => {});
process.stdin.on('error', () => {}).on('close', () => tidy(0)).resume();
function running() {
  const pids = [];
  for (const name of list(folder)) {
    try { pids.push(Number.parseInt(readFileSync(folder + '/' + name + '/postmaster.pid', 'utf8'), 10)); } catch {}
  }
  return pids.filter((pid) => pid > 1 && signal(pid, 0));
}
function list(folder) { try { return readdirSync(folder); } catch { return []; } }
function signal(pid, name) { try { return process.kill(pid, name); } catch { return false; } }
function tidy(round) {
  const pids = running();
  for (const pid of pids) signal(pid, round < 50 ? 'SIGQUIT' : 'SIGKILL');
  if (pids.length > 0 && round < 100) return setTimeout(tidy, 100, round + 1);
  try { rmSync(folder, { recursive: true, force: true }); } catch {}
  process.exit();
}
`;

/** `folder` holds the data directories side by side, and is removed when this process is gone. */
export function openWatchdog(folder: string): Watchdog {
  const child = execaNode(folder, [], {
    nodeOptions: ['--eval', PROGRAM],
    cwd: '/',
    detached: true,
    reject: false,
    stdin: 'pipe',
    stdout: 'ignore',
    stderr: 'ignore',
  });
  child.unref();
  return {
    async dismiss() {
      child.ref();
      child.kill('SIGKILL');
      await child;
    },
  };
}
