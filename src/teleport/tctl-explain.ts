import { readTctlError, TeleportError, type TeleportErrorCode } from './error.ts';
import type { Resource } from './resource.ts';
import type { TctlFailure } from './tctl-run.ts';
import { type Change, subject } from './teleport.ts';

/** What the sentences name: the values that an operator can change. */
export interface TctlSettings {
  readonly tctlPath: string;
  readonly proxy: string;
  readonly identityFile: string;
  readonly timeoutMs: number;
}

/**
 * Turns a failed run into a code and a sentence: what happened, why, what to do next. `change` is the one
 * that was refused, if the run got that far. A `TeleportError` is explained already.
 */
export function explain(
  failure: TctlFailure | TeleportError,
  settings: TctlSettings,
  change?: Change,
): TeleportError {
  if (failure instanceof TeleportError) return failure;
  const { code, said } = meaningOf(failure);
  return new TeleportError(code, sentence({ code, said, failure, settings, change }), failure);
}

function meaningOf(failure: TctlFailure): { code: TeleportErrorCode; said: string } {
  if (failure.kind === 'timeout') return { code: 'timeout', said: '' };
  if (failure.kind === 'not-started') return { code: 'tctl-missing', said: causeOf(failure) };
  if (failure.kind === 'too-much-output') return { code: 'unknown', said: 'it printed more than 64 MiB' };
  const { code, said } = readTctlError(failure.stderr);
  return { code, said: said === '' ? failure.message : said };
}

function causeOf({ cause }: TctlFailure): string {
  return cause instanceof Error && 'code' in cause ? String(cause.code) : '';
}

interface Story {
  readonly code: TeleportErrorCode;
  /** tctl's own words, cut short. */
  readonly said: string;
  readonly failure: TctlFailure;
  readonly settings: TctlSettings;
  readonly change: Change | undefined;
}

function sentence(story: Story): string {
  return SENTENCES[story.code](story);
}

const SENTENCES: Readonly<Record<TeleportErrorCode, (story: Story) => string>> = {
  'already-exists': ({ change }) => `${called(change)} exists in Teleport already and was left as it is.`,
  'not-found': ({ change }) =>
    `Teleport does not know ${called(change, false)}. What was written within the last second is not known yet.`,
  'rule-denied': ({ said }) =>
    `The bot's role lacks a right (${said}). Under spec.allow.rules of the role there must be ` +
    '"- resources: [db, app]" with "verbs: [list, read, create, update, delete]". Apply the role with ' +
    '`tctl create -f`; the identity can stay.',
  'labels-denied': ({ change, said }) => lackingLabels(change?.action, kindOf(change, said)),
  invalid: ({ change, said }) => `Teleport refuses ${called(change, false)}: ${said}.`,
  'identity-expired': ({ settings }) => expired(settings.identityFile),
  'identity-missing': ({ settings }) =>
    `tctl found no identity in ${settings.identityFile} (--teleport-identity). Start tbot as a service that writes it.`,
  'identity-invalid': ({ settings, said }) =>
    `tctl cannot use the identity in ${settings.identityFile} (--teleport-identity): ${said}. ` +
    'tbot may be writing it at this moment; if this lasts, issue it anew.',
  unreachable: ({ settings, said }) =>
    `tctl cannot reach Teleport at ${settings.proxy} (--teleport-proxy): ${said}. ${howToSee(settings)}`,
  timeout: ({ settings }) =>
    `tctl did not end within ${settings.timeoutMs / 1000} s and was stopped. Check that Teleport at ` +
    `${settings.proxy} (--teleport-proxy) answers. ${howToSee(settings)}`,
  'tctl-missing': ({ settings, said }) =>
    said === 'ENOENT'
      ? `There is no tctl at ${settings.tctlPath}. Install Teleport's tctl or say where it is with --tctl-path.`
      : `${settings.tctlPath} cannot be run (${said}). Name an executable tctl with --tctl-path.`,
  unknown: ({ said, settings }) => `tctl failed: ${said}. ${howToSee(settings)}`,
};

/** `date` is when, where it is known. */
export function expired(identityFile: string, date?: Date): string {
  const when = date === undefined ? '' : ` at ${date.toISOString()}`;
  return (
    `The identity in ${identityFile} expired${when}. Run tbot as a service that renews it ` +
    '(`tbot start --oneshot` makes one that lives for an hour); the new file is taken up without a restart.'
  );
}

function lackingLabels(action: Change['action'] | undefined, kind: Resource['kind']): string {
  return (
    `The bot's role may not ${action ?? 'see'} this ${kind === 'db' ? 'database' : 'app'}. Under spec.allow of ` +
    `the role these two lines are missing: "${kind}_labels:" and "  '*': '*'". Add them and apply the role ` +
    'with `tctl create -f`; the identity can stay.'
  );
}

function kindOf(change: Change | undefined, said: string): Resource['kind'] {
  if (change !== undefined) return subject(change).kind;
  return said.includes('access to app ') ? 'app' : 'db';
}

function called(change: Change | undefined, isStart = true): string {
  if (change === undefined) return isStart ? 'It' : 'it';
  const { kind, name } = subject(change);
  const noun = kind === 'db' ? 'database' : 'app';
  return `${isStart ? noun.charAt(0).toUpperCase() + noun.slice(1) : noun} ${JSON.stringify(name)}`;
}

function howToSee({ tctlPath, proxy, identityFile }: TctlSettings): string {
  const command = `TELEPORT_CONFIG_FILE= ${tctlPath} -d --identity ${identityFile} --auth-server ${proxy} get db`;
  return `To see the cause, run: ${command}`;
}
