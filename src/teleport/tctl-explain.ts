import { readTctlError, TeleportError, type TeleportErrorCode } from './error.ts';
import { expired, REFUSALS, type Refusal } from './explain.ts';
import type { TctlFailure } from './tctl-run.ts';
import type { Change } from './teleport.ts';

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

interface Story extends Refusal {
  readonly code: TeleportErrorCode;
  readonly failure: TctlFailure;
  readonly settings: TctlSettings;
}

function sentence(story: Story): string {
  return SENTENCES[story.code](story);
}

const SENTENCES: Readonly<Record<TeleportErrorCode, (story: Story) => string>> = {
  ...REFUSALS,
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

function howToSee({ tctlPath, proxy, identityFile }: TctlSettings): string {
  const command = `TELEPORT_CONFIG_FILE= ${tctlPath} -d --identity ${identityFile} --auth-server ${proxy} get db`;
  return `To see the cause, run: ${command}`;
}
