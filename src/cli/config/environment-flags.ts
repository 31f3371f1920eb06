import { type Command, Option } from 'commander';
import { parseHttpUrl } from '../../config/url.ts';
import { formatDuration, parseDuration } from '../../lib/duration.ts';
import type { Parsed } from '../../lib/parsed.ts';
import { flagsOf } from '../engine/settings.ts';
import { DEFAULT_BRANCH } from '../environments/branch.ts';
import { isNoDuration } from '../environments/environment.ts';
import { type Edit, REMOVE } from '../environments/file-text.ts';
import { UsageError } from '../host.ts';

/*
 * The flags that describe an environment, and what they write into it.
 */

interface Described {
  readonly flags: string;
  readonly help: string;
  readonly path: readonly string[];
  /** What stands in a new environment where nothing was said: the original writes these out. */
  readonly initial?: string | false;
  readonly check?: (typed: string) => Parsed<string>;
}

const DESCRIBED = {
  url: { flags: '--url <URL>', help: "address of the Engine's API", path: ['url'], check: parseHttpUrl },
  token: {
    flags: '--token <TOKEN>',
    help: "its verification token; '$NAME' is looked up in that variable whenever it is needed",
    path: ['token'],
    initial: '',
  },
  insecure: {
    flags: '-k, --insecure',
    help: 'accept any certificate',
    path: ['insecure'],
    initial: false,
  },
  requestTimeout: {
    flags: '--request-timeout <DURATION>',
    help: 'longest wait for it; 0 is the default one',
    path: ['request_timeout'],
    check: timeLimit,
  },
  forwardingServerUrl: {
    flags: '--forwarding-server-url <URL>',
    help: 'SSH server through which it is forwarded',
    path: ['forwarding', 'server_url'],
    initial: '',
  },
  forwardingLocalPort: {
    flags: '--forwarding-local-port <PORT>',
    help: 'port here to which it is forwarded: requests go there',
    path: ['forwarding', 'local_port'],
    initial: '',
    check: port,
  },
  identityFile: {
    flags: '--identity-file <FILE>',
    help: 'private key for the SSH server, kept for the original dblab',
    path: ['forwarding', 'identity_file'],
    initial: '',
  },
  currentBranch: {
    flags: '--current-branch <NAME>',
    help: 'branch to take where none is named',
    path: ['branching', 'current_branch'],
    initial: DEFAULT_BRANCH,
  },
} satisfies Readonly<Record<string, Described>>;
type Name = keyof typeof DESCRIBED;

export function addEnvironmentFlags(command: Command): void {
  for (const { flags, help } of Object.values(DESCRIBED)) command.addOption(new Option(flags, help));
}

/** What was typed, as edits of that environment; also before the command, where scripts for the original have it. */
export function typedEdits(id: string, command: Command): readonly Edit[] {
  return Object.keys(DESCRIBED).flatMap((name) => typedEdit(name as Name, id, command) ?? []);
}

/** A whole new environment: what was typed, and the rest as the original writes it. */
export function newEnvironment(id: string, command: Command): readonly Edit[] {
  if (typedEdit('url', id, command) === undefined) {
    throw new UsageError('Which Engine? Give its address, such as --url http://localhost:2345.');
  }
  return Object.entries<Described>(DESCRIBED).flatMap(([name, { path, initial = REMOVE }]) => {
    const edit = typedEdit(name as Name, id, command);
    return edit ?? { path: pathOf(id, path), value: initial };
  });
}

function typedEdit(name: Name, id: string, command: Command): Edit | undefined {
  const described: Described = DESCRIBED[name];
  const path = pathOf(id, described.path);
  const typed = flagsOf(command)[name];
  if (typeof typed === 'boolean') return { path, value: typed };
  if (typeof typed !== 'string') return undefined;
  const value = checked(typed, described);
  return { path, value: value === '' && described.initial === undefined ? REMOVE : value };
}

function pathOf(id: string, path: readonly string[]): readonly string[] {
  return ['environments', id, ...path];
}

/** The text is not repeated: a URL may hold a password. */
function checked(typed: string, { flags, check }: Described): string {
  const parsed = check?.(typed);
  if (parsed === undefined) return typed;
  if (parsed.ok) return parsed.value;
  throw new UsageError(`${flags.replace(/ <.*/, '')}: ${parsed.reason}.`);
}

function timeLimit(typed: string): Parsed<string> {
  if (isNoDuration(typed)) return { ok: true, value: '' };
  const parsed = parseDuration(typed);
  return parsed.ok ? { ok: true, value: formatDuration(parsed.value) } : parsed;
}

function port(typed: string): Parsed<string> {
  const isPort = typed === '' || (/^\d{1,5}$/.test(typed) && Number(typed) > 0 && Number(typed) < 65_536);
  return isPort ? { ok: true, value: typed } : { ok: false, reason: 'it must be a port from 1 to 65535' };
}
