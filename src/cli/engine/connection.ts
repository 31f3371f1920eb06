import type { Command } from 'commander';
import { parseHttpUrl } from '../../config/url.ts';
import { engineOver } from '../../engine/client.ts';
import type { Engine } from '../../engine/engine.ts';
import { type EngineOptions, openRequests, type Requests } from '../../engine/requests.ts';
import { parseDuration } from '../../lib/duration.ts';
import { Secret } from '../../lib/secret.ts';
import { readState } from '../../sandbox/state.ts';
import { type Run, UsageError } from '../host.ts';

/** Which Engine a command speaks to, and how long it waits there. */
interface Connection extends EngineOptions {
  readonly insecure: boolean;
  /** For a request, and for the Engine to finish what it was asked to do. */
  readonly timeoutMs: number;
  readonly waitMs: number;
}

const SETTINGS = { url: '--url (or DBLAB_INSTANCE_URL)', token: '--token (or DBLAB_VERIFICATION_TOKEN)' };
const DEFAULT_REQUEST_MS = 10_000;
const DEFAULT_WAIT_MS = 60_000;

/** An Engine for as long as one command runs: by what it can do, and by bare requests for all else. */
export interface OpenEngine extends Connection {
  readonly engine: Engine;
  readonly requests: Requests;
}

/** Opens the Engine for `work` and lets go of it afterwards. */
export async function withEngine<T>(
  command: Command,
  run: Run,
  work: (open: OpenEngine) => Promise<T>,
): Promise<T> {
  const connection = findEngine(command.optsWithGlobals(), run);
  const requests = openRequests(connection);
  try {
    return await work({ ...connection, engine: engineOver(requests), requests });
  } finally {
    requests.close();
  }
}

/** The Engine of the flags, else of the environment, else of a sandbox that runs here, and says so. */
function findEngine(flags: Readonly<Record<string, unknown>>, run: Run): Connection {
  const setting = (flag: string, variable: string) => text(flags[flag]) ?? text(run.env[variable]);
  const url = setting('url', 'DBLAB_INSTANCE_URL');
  const token = setting('token', 'DBLAB_VERIFICATION_TOKEN') ?? '';
  const engine = url === undefined ? sandboxEngine(run) : { url: checked(url), token: new Secret(token) };
  const limitMs = timeLimit(setting('requestTimeout', 'DBLAB_REQUEST_TIMEOUT'));
  return {
    ...engine,
    insecure: flags['insecure'] === true || /^(1|true)$/i.test(run.env['DBLAB_INSECURE_SKIP_VERIFY'] ?? ''),
    timeoutMs: limitMs ?? DEFAULT_REQUEST_MS,
    waitMs: limitMs ?? DEFAULT_WAIT_MS,
    settings: SETTINGS,
    clock: run.clock,
  };
}

/** The text is not repeated: it may hold a password. */
function checked(typed: string): string {
  const url = parseHttpUrl(typed);
  if (url.ok) return url.value;
  throw new UsageError(`${SETTINGS.url}: ${url.reason}.`);
}

function sandboxEngine({ stderr }: Run): { url: string; token: Secret } {
  const sandbox = readState(isAlive);
  if (sandbox === undefined) {
    throw new UsageError(
      'No DBLab Engine is named, and no sandbox runs here: give --url and --token, or set DBLAB_INSTANCE_URL and DBLAB_VERIFICATION_TOKEN.',
    );
  }
  stderr.write(`Using the sandbox at ${sandbox.url} (--url names another Engine).\n`);
  return sandbox;
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}

function timeLimit(typed: string | undefined): number | undefined {
  if (typed === undefined) return undefined;
  const parsed = parseDuration(typed);
  if (parsed.ok) return parsed.value;
  throw new UsageError(`--request-timeout ${JSON.stringify(typed)}: ${parsed.reason}.`);
}

function text(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}
