import { Secret } from '../../lib/secret.ts';
import { Failure } from '../host.ts';

const VARIABLE = /^\$(?:\{([A-Za-z_]\w*)\}|([A-Za-z_]\w*))$/;

/**
 * The token to send. One that is nothing but `${NAME}` or `$NAME` stands for that variable, as in the
 * original; any other `$` is part of the token. Throws a `Failure` when the variable is not set.
 */
export function sentToken(written: Secret, env: Readonly<Record<string, string | undefined>>): Secret {
  const [, braced, bare] = VARIABLE.exec(written.reveal()) ?? [];
  const name = braced ?? bare;
  if (name === undefined) return written;
  const value = env[name];
  if (value !== undefined) return new Secret(value);
  throw new Failure(
    `The token of the current environment is kept in the variable ${name}, which is not set: set it, or give --token.`,
  );
}

/** How the token may be shown: the name of a variable is no secret. */
export function shownToken(written: Secret): string {
  const text = written.reveal();
  return text === '' || VARIABLE.test(text) ? text : written.toString();
}
