import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type Clock, systemClock } from '../../lib/clock.ts';
import { Secret } from '../../lib/secret.ts';
import { type SandboxEngine, startSandboxEngine } from '../../sandbox/engine/engine.ts';
import { type SandboxTeleport, startSandboxTeleport } from '../../sandbox/teleport/teleport.ts';
import { ownFolder } from '../../testing/command-line.ts';
import { run } from '../program.ts';

/*
 * Which agents serve a clone, from Teleport's stream to what people read: the whole sidecar, in this process
 * because half a minute has to pass.
 */

let teleport: SandboxTeleport;
let engine: SandboxEngine;
let identity: string;

beforeEach(async () => {
  identity = join(ownFolder(), 'identity');
  engine = await startSandboxEngine({ token: new Secret('engine-token') });
  teleport = await startSandboxTeleport({ cacheLag: { minMs: 1, maxMs: 5 }, agentDelayMs: 1 });
  await teleport.issueIdentity({ file: identity, ttlMs: 24 * 3_600_000 });
  for (const { hostId } of teleport.agents()) teleport.removeAgent(hostId);
});
afterEach(() => Promise.all([teleport.close(), engine.close()]));

/** Its hands go thirty times as fast. */
function fastClock(): Clock {
  const start = systemClock.now();
  return {
    ...systemClock,
    now: () => start + (systemClock.now() - start) * 30,
    sleep: (ms, signal) => systemClock.sleep(ms / 30, signal),
  };
}

/** The sidecar of environment prod, until the signal is aborted. */
function serve(signal: AbortSignal) {
  const log: string[] = [];
  const exit = run(['teleport', 'serve', '--listen-addr', '127.0.0.1:0', '--status-addr', '127.0.0.1:0'], {
    env: {
      DBLAB_TELEPORT_ENVIRONMENT_ID: 'prod',
      DBLAB_TELEPORT_PROXY: teleport.proxyAddress,
      DBLAB_TELEPORT_IDENTITY: identity,
      DBLAB_TELEPORT_TRANSPORT: 'api',
      DBLAB_TELEPORT_DBLAB_URL: engine.url,
      DBLAB_TOKEN: 'engine-token',
      WEBHOOK_SECRET: 'secret',
    },
    home: '/nonexistent',
    stdout: { write: () => true },
    stderr: { write: (line) => log.push(line) },
    clock: fastClock(),
    signal,
  });
  const address = () => /\/readyz on ([^\s"]+)\./.exec(log.join(''))?.[1];
  const says = (sentence: RegExp) =>
    expect
      .poll(async () => (await fetch(`http://${address()}/readyz`)).text(), { timeout: 10_000 })
      .toMatch(sentence);
  const warned = (sentence: RegExp) =>
    expect
      .poll(() => log.filter((line) => line.includes('"warn"')).join(''), { timeout: 10_000 })
      .toMatch(sentence);
  return { exit, says, warned, address };
}

test('agents that serve a clone, too many of them and none, are told of in /readyz and in the log', async () => {
  engine.create({ id: 'a' });
  await engine.settled('a');
  const stop = new AbortController();
  const { exit, says, warned, address } = serve(stop.signal);
  await expect.poll(address).toBeDefined();

  const first = teleport.addAgent({ hostname: 'db-host' });
  await says(/^In step: 1 clone registered\.$/m);

  const second = teleport.addAgent({ hostname: 'other-host' });
  await says(
    /Agents on "db-host", "other-host" serve "dblab-clone-prod-a-\d+", .* 127\.0\.0\.1: .*wrong host.*environment: "prod"/,
  );
  await warned(/wrong host/);
  teleport.removeAgent(second.hostId);
  await says(/^In step: 1 clone registered\.$/m);

  teleport.removeAgent(first.hostId);
  await says(
    /No agent serves "dblab-clone-prod-a-\d+".*must match the labels dblab: "true" and environment: "prod"/,
  );
  await warned(/No agent serves/);

  teleport.addAgent({ hostname: 'db-host' });
  await says(/^In step: 1 clone registered\.$/m);
  stop.abort();
  expect(await exit).toBe(0);
}, 30_000);
