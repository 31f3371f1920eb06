#!/usr/bin/env node
/** The edge of the process: arguments, environment, signals and the exit code. Everything else is told. */
import { userInfo } from 'node:os';
import type { Host } from './cli/host.ts';
import { run } from './cli/program.ts';
import { systemClock } from './lib/clock.ts';

const ending = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.on(signal, () => {
    if (ending.signal.aborted) process.exit(1);
    ending.abort();
  });
}
// Whoever reads our output may close it early, as `head` does.
process.stdout.on('error', (error: NodeJS.ErrnoException) => process.exit(error.code === 'EPIPE' ? 0 : 1));

// Nobody is left to be told.
process.stderr.on('error', () => {});

const host: Host = {
  env: process.env,
  home: home(),
  stdout: process.stdout,
  stderr: process.stderr,
  ...(process.stdin.isTTY &&
    process.stderr.isTTY && { terminal: { input: process.stdin, output: process.stderr } }),
  clock: systemClock,
  signal: ending.signal,
};
/** That of the account. In a container the account may be but a number: then what is said of it. */
function home(): string {
  try {
    return userInfo().homedir;
  } catch {
    return process.env['HOME'] || '/';
  }
}

void run(process.argv.slice(2), host).then((code) => process.exit(code));
