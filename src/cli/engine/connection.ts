import type { Command } from 'commander';
import { parseHttpUrl } from '../../config/url.ts';
import { engineOver } from '../../engine/client.ts';
import type { Engine } from '../../engine/engine.ts';
import { type EngineOptions, openRequests, type Requests } from '../../engine/requests.ts';
import { parseDuration } from '../../lib/duration.ts';
import { Secret } from '../../lib/secret.ts';
import { readState } from '../../sandbox/state.ts';
import { DEFAULT_BRANCH } from '../environments/branch.ts';
import { isNoDuration } from '../environments/environment.ts';
import { currentOf, environmentsOrWarning, FILE, quoted } from '../environments/store.ts';
import { sentToken } from '../environments/token.ts';
import { type Run, UsageError } from '../host.ts';
import { type Settings, settingsOf } from './settings.ts';

/** Which Engine a command speaks to, and how long it waits there. */
interface Connection extends EngineOptions {
  readonly insecure: boolean;
  /** For a request, and for the Engine to finish what it was asked to do. */
  readonly timeoutMs: number;
  readonly waitMs: number;
  /** The branch to take where none is named. */
  readonly currentBranch: string;
  /** In which people want to read times, by its IANA name. */
  readonly timeZone: string;
}

const TYPED = { url: '--url (or DBLAB_INSTANCE_URL)', token: '--token (or DBLAB_VERIFICATION_TOKEN)' };
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
  const connection = findConnection(command, run);
  const requests = openRequests(connection);
  try {
    return await work({ ...connection, engine: engineOver(requests), requests });
  } finally {
    requests.close();
  }
}

/**
 * Each setting by flag, else by variable, else from the current environment of the file. When none of them
 * names an Engine, a sandbox that runs here is taken, and said so.
 */
function findConnection(command: Command, run: Run): Connection {
  const settings = settingsOf(command, run.env);
  const environments = environmentsOrWarning(run);
  const environment = currentOf(environments);
  const limitMs = timeLimit(
    settings.text('requestTimeout', 'DBLAB_REQUEST_TIMEOUT'),
    environment?.requestTimeout ?? '',
  );
  return {
    ...(namedEngine(settings, environment, run) ?? sandboxEngine(run)),
    insecure: settings.yes('insecure', 'DBLAB_INSECURE_SKIP_VERIFY') ?? environment?.insecure ?? false,
    timeoutMs: limitMs ?? DEFAULT_REQUEST_MS,
    waitMs: limitMs ?? DEFAULT_WAIT_MS,
    currentBranch:
      settings.text('currentBranch', 'DBLAB_CLI_CURRENT_BRANCH') ??
      (environment?.currentBranch || DEFAULT_BRANCH),
    timeZone: run.env['TZ'] ?? (environments.tz || 'UTC'),
    clock: run.clock,
  };
}

type Named = Required<Pick<Connection, 'url' | 'token' | 'settings'>>;

function namedEngine(
  settings: Settings,
  environment: ReturnType<typeof currentOf>,
  run: Run,
): Named | undefined {
  const typed = settings.text('url', 'DBLAB_INSTANCE_URL');
  const url = typed ?? environment?.url;
  if (!url) return undefined;
  const names = { url: TYPED.url, token: TYPED.token };
  const kept = environment === undefined ? '' : ` of environment ${quoted(environment.id)} in ${FILE}`;
  if (typed === undefined) names.url = `the url${kept}`;
  const token = settings.text('token', 'DBLAB_VERIFICATION_TOKEN');
  if (token === undefined && environment !== undefined) names.token = `the token${kept}`;
  const engine = {
    url: checked(url, names.url),
    token: token === undefined ? sentToken(environment?.token ?? new Secret(''), run.env) : new Secret(token),
    settings: names,
  };
  return forwarded(engine, settings, environment);
}

/** Where SSH forwards the Engine to a port here, requests go to that port, as in the original. */
function forwarded(engine: Named, settings: Settings, environment: ReturnType<typeof currentOf>): Named {
  const { serverUrl = '', localPort = '' } = environment?.forwarding ?? {};
  const server = settings.text('forwardingServerUrl', 'DBLAB_CLI_FORWARDING_SERVER_URL') ?? serverUrl;
  const port = settings.text('forwardingLocalPort', 'DBLAB_CLI_FORWARDING_LOCAL_PORT') ?? localPort;
  if (server === '' || port === '') return engine;
  if (!/^\d{1,5}$/.test(port) || Number(port) === 0 || Number(port) > 65_535) {
    throw new UsageError(
      `The local port of the forwarding is ${JSON.stringify(port)}: it must be from 1 to 65535.`,
    );
  }
  const url = new URL(engine.url);
  url.port = port;
  const names = {
    ...engine.settings,
    url: `the port forwarding (its local port is ${port}; dblab opens none itself, "ssh -N -L ${port}:HOST:PORT SERVER" does)`,
  };
  return { ...engine, url: url.href.replace(/\/+$/, ''), settings: names };
}

/** The text is not repeated: it may hold a password. */
function checked(typed: string, name: string): string {
  const url = parseHttpUrl(typed);
  if (url.ok) return url.value;
  throw new UsageError(`${name}: ${url.reason}.`);
}

function sandboxEngine({ stderr }: Run): Named {
  const sandbox = readState(isAlive);
  if (sandbox === undefined) {
    throw new UsageError(
      'No DBLab Engine is named, and no sandbox runs here. Give --url and --token, or set DBLAB_INSTANCE_URL and DBLAB_VERIFICATION_TOKEN, or keep them once for all: dblab init --environment-id NAME --url URL --token TOKEN.',
    );
  }
  stderr.write(`Using the sandbox at ${sandbox.url} (--url or "dblab init" name another Engine).\n`);
  return { url: sandbox.url, token: sandbox.token, settings: TYPED };
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}

function timeLimit(typed: string | undefined, kept: string): number | undefined {
  const written = typed ?? kept;
  if (isNoDuration(written)) return undefined;
  const parsed = parseDuration(written);
  if (parsed.ok) return parsed.value;
  throw new UsageError(`--request-timeout ${JSON.stringify(written)}: ${parsed.reason}.`);
}
