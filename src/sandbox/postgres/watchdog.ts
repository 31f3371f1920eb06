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
const { scheduler } = require('node:timers/promises');
const self = require('node:process');
const folder = self.argv[1];
for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP']) self.on(name, () => {});
self.stdin.on('error', () => {}).on('close', tidy).resume();

async function tidy() {
  for (let round = 0; round < 100; round++) {
    const pids = running();
    if (pids.length === 0) break;
    for (const pid of pids) reach(pid, round < 50 ? 'SIGQUIT' : 'SIGKILL');
    await scheduler.wait(100);
  }
  rmSync(folder, { recursive: true, force: true });
}
function running() {
  return readdirSync(folder).map(pidIn).filter((pid) => pid > 1 && reach(pid, 0));
}
function pidIn(name) {
  try { return Number.parseInt(readFileSync(folder + '/' + name + '/postmaster.pid', 'utf8'), 10); } catch { return 0; }
}
function reach(pid, signal) {
  try { return self.kill(pid, signal); } catch { return false; }
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
