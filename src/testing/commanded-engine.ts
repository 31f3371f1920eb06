import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { systemClock } from '../lib/clock.ts';
import { Secret } from '../lib/secret.ts';
import {
  type SandboxEngine,
  type SandboxEngineOptions,
  startSandboxEngine,
} from '../sandbox/engine/engine.ts';
import { dblab, ownFolder, type Told, type Typed } from './command-line.ts';
import { type RecordedEngine, recordEngine } from './recorded-engine.ts';

/** A stand-in Engine at midnight of 1 April 2026, a recorder before it, and a command line that speaks to it. */
export interface CommandedEngine {
  readonly engine: SandboxEngine;
  readonly recorded: RecordedEngine;
  readonly home: string;
  dblab(argv: readonly string[], typed?: Typed): Promise<Told>;
  /** What arrived since the last time this was asked: lines and bodies. */
  sent(): readonly (readonly [line: string, body: string])[];
  /** The text of the configuration file. */
  config(): string;
}

/** The snapshot that the stand-in Engine has at its start. */
export const FIRST = 'dblab_pool@snapshot_20260401000000';

const CONFIG = `# mine
current_environment: demo
environments:
  demo:
    url: URL
    token: engine-token
    branching:
      current_branch: main
  other:
    url: http://other.invalid
    token: ""
`;

/** Ends with the test. `isConfigured`: a configuration file says which Engine it is. */
export async function commandEngine(
  options: SandboxEngineOptions & { readonly isConfigured?: boolean } = {},
): Promise<CommandedEngine> {
  const home = ownFolder();
  const clock = { ...systemClock, now: () => Date.UTC(2026, 3, 1) };
  const token = new Secret('engine-token');
  const engine = await startSandboxEngine({ token, clock, workMs: 1, ...options });
  const recorded = await recordEngine(engine.url);
  onTestFinished(async () => {
    await recorded.close();
    await engine.close();
  });
  const file = join(home, '.dblab', 'cli', 'cli.yml');
  if (options.isConfigured) {
    mkdirSync(join(home, '.dblab', 'cli'), { recursive: true });
    writeFileSync(file, CONFIG.replace('URL', recorded.url), { mode: 0o600 });
  }
  const env = { DBLAB_INSTANCE_URL: recorded.url, DBLAB_VERIFICATION_TOKEN: token.reveal() };
  return {
    engine,
    recorded,
    home,
    dblab: (argv, typed = {}) => dblab(argv, { env, home, ...typed }),
    sent: () => recorded.requests.splice(0).map(({ line, body }) => [line, body] as const),
    config: () => readFileSync(file, 'utf8').replace(recorded.url, 'URL'),
  };
}
