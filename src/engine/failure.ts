import { z } from 'zod';
import { printable } from '../lib/printable.ts';
import { cloneRefused } from './clone-refusal.ts';
import { EngineError } from './error.ts';
import type { Answer } from './exchange.ts';
import { nextStep } from './next-step.ts';

/** Where the Engine is asked and what a person would change when that is wrong. No secrets. */
export interface Place {
  /** The base URL, without credentials. */
  readonly address: string;
  /** The flags or variables that hold the two, for example `--dblab-url` and `DBLAB_TOKEN`. */
  readonly settings: { readonly url: string; readonly token: string };
  readonly timeoutMs: number;
  /** Whoever asks could have been told --insecure. */
  readonly hasInsecure: boolean;
}

const refusal = z.object({ code: z.string(), message: z.string() });

/** An answer with another status than 2xx as an `EngineError`. */
export function refused(answer: Answer, asked: string, place: Place): EngineError {
  const { status } = answer;
  const body = refusal.safeParse(jsonOrUndefined(answer.text));
  const said = body.success ? printable(body.data.message.slice(0, 500).trim()) : '';
  if (status === 401 || status === 403) return wrongToken(said, status, place);
  // 404 from anything but the Engine (a proxy, a wrong prefix) says nothing about the clone.
  if (body.success && asked.includes(' /clone/') && isAboutMissingClone(status, said)) {
    return noSuchClone(asked, place);
  }
  const aboutClone = body.success ? cloneRefused(asked, said) : undefined;
  if (aboutClone !== undefined) return aboutClone;
  if (status >= 500) {
    const what = said || `status ${status} without an explanation`;
    return new EngineError(
      'server-error',
      `The DBLab Engine at ${place.address} failed on ${asked}: ${what}. Look at its log, and at that of any proxy before it.`,
      { answerLost: said === '' },
    );
  }
  if (body.success) {
    const why = said.replace(/[.\s]+$/, '');
    return new EngineError('refused', `The DBLab Engine refused ${asked}: ${why}.${nextStep(why)}`);
  }
  if (status === 405) {
    return new EngineError(
      'not-an-engine',
      `The DBLab Engine at ${place.address} does not know ${asked} (405): it is older than this command needs ("dblab instance version" shows its version), or it is no Engine. ${checkUrl(place)}`,
    );
  }
  if (answer.location !== undefined && status >= 300 && status < 400) {
    return new EngineError(
      'not-an-engine',
      `${place.address} redirects ${asked} to ${printable(answer.location)}, which is not followed because the token would go along. Write the final address in ${place.settings.url}.`,
    );
  }
  return new EngineError(
    'not-an-engine',
    `${place.address} answers ${asked} with status ${status}, as no DBLab Engine does. ${checkUrl(place)}`,
  );
}

/** A 2xx answer that is not what the Engine's API promises. `what` is half a sentence. */
export function notUnderstood(what: string, asked: string, place: Place): EngineError {
  return new EngineError(
    'not-an-engine',
    `The answer of ${place.address} to ${asked} cannot be used: ${what}. ${checkUrl(place)}`,
    { answerLost: true },
  );
}

export function noSuchClone(asked: string, place: Place): EngineError {
  return new EngineError(
    'not-found',
    `The DBLab Engine at ${place.address} has no such clone (${asked}). "dblab clone list" shows those it has.`,
  );
}

/** The text is not repeated: it may hold a password. */
export function notAnAddress(setting: string): EngineError {
  return new EngineError(
    'not-an-engine',
    `${setting} is no http(s) address. Write it like http://localhost:2345.`,
  );
}

function wrongToken(said: string, status: number, place: Place): EngineError {
  return new EngineError(
    'unauthorized',
    `The DBLab Engine at ${place.address} refuses the token (${status}${said && `: ${said}`}). ` +
      `Set ${place.settings.token} to the value of server.verificationToken in the Engine's server.yml.`,
  );
}

/** The Engine loses the type of this error on the way: unknown clones are 404 when read and 500 when written. */
function isAboutMissingClone(status: number, said: string): boolean {
  return status === 404 || (status === 500 && /^(the )?clone not found$/.test(said));
}

export function checkUrl(place: Place): string {
  return `Check that ${place.settings.url} is the address of the Engine's API: port 2345 by default, or the web interface's address followed by /api.`;
}

function jsonOrUndefined(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
