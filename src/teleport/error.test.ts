import { describe, expect, it } from 'vitest';
import { readTctlError, type TeleportErrorCode } from './error.ts';

const red = (text: string) => `\u001b[31mERROR: \u001b[0m${text}\n\n`;
const noIdentity = (advice: string) =>
  red(
    `Could not load Teleport host UUID file at /var/lib/teleport/host_uuid. ${advice}\n\tlstat /var/lib/teleport: no such file or directory`,
  );

/** What tctl printed on stderr before it exited with 1; where the versions differ, both. */
const RECORDED: readonly (readonly [what: string, stderr: string, code: TeleportErrorCode])[] = [
  [
    'create of a name that is taken',
    red('use -f or --force flag to overwrite\n\tdatabase "a-6000" already exists'),
    'already-exists',
  ],
  ['create -f in the lag window (18)', red('"db" "a-6000" does not exist'), 'not-found'],
  ['create -f in the lag window (15)', red(`database "a-6000" doesn't exist`), 'not-found'],
  ['update of a key that the backend lost (15)', red('key /db/a-6000 is not found'), 'not-found'],
  ['rm of an unknown database', red('database "nope" not found'), 'not-found'],
  ['rm of a database just removed', red(`database "a-6000" doesn't exist`), 'not-found'],
  ['rm of an unknown app (18)', red('"app" "nope" does not exist'), 'not-found'],
  ['rm of an unknown app (15)', red(`application "nope" doesn't exist`), 'not-found'],
  [
    'name with an underscore',
    red(
      'invalid database name\n\t"my_clone" does not match regex used for validation "^[a-zA-Z]([-a-zA-Z0-9]*[a-zA-Z0-9])?$"',
    ),
    'invalid',
  ],
  ['empty uri', red('database "nouri" URI is empty'), 'invalid'],
  ['bad label key', red('invalid label key: "a b"'), 'invalid'],
  [
    'uri without a port',
    red('invalid database "a" address "localhost": address localhost: missing port in address'),
    'invalid',
  ],
  ['role without the verb', red('access denied to perform action "create" on "db"'), 'rule-denied'],
  ['role without app_labels', red('access to app denied. User does not have permissions. '), 'labels-denied'],
  [
    'role whose db_labels do not match',
    red('access to db denied. User does not have permissions. Confirm database user and name.'),
    'labels-denied',
  ],
  [
    'expired identity (18)',
    red('your credentials have expired, please log in using `tsh login`'),
    'identity-expired',
  ],
  [
    'expired identity (15)',
    red('your credentials have expired, please login using `tsh login`'),
    'identity-expired',
  ],
  [
    'no identity file (18)',
    noIdentity(
      'Please make sure that a Teleport Auth Service instance is running on this host prior to using tctl or provide credentials by logging in with tsh first.',
    ),
    'identity-missing',
  ],
  [
    'no identity file (15)',
    noIdentity('Please make sure that Teleport is up and running prior to using tctl.'),
    'identity-missing',
  ],
  [
    'cut-off identity file',
    red('failed to parse identity file\n\tinvalid PEM block (fragment)'),
    'identity-invalid',
  ],
  [
    'proxy not reachable',
    'ERROR: Cannot connect to the auth server. Is the auth server running on "localhost:4999"?\n',
    'unreachable',
  ],
  ['text that is no YAML', red("json: offset 2: invalid character '{' looking for beginning"), 'unknown'],
  ['no documents', red('no resources found, empty input?'), 'unknown'],
  ['unknown kind', red('creating resources of type "nonsense" is not supported'), 'unknown'],
];

describe('readTctlError', () => {
  it.each(RECORDED)('%s', (_what, stderr, code) => {
    expect(readTctlError(stderr).code).toBe(code);
  });

  it('quotes tctl on one line, without colour', () => {
    expect(readTctlError(red('invalid database name\n\t"a_b" does not match')).said).toBe(
      'invalid database name "a_b" does not match',
    );
  });

  it('leaves out advice that was printed before the failure', () => {
    const stderr = `WARN a cluster alert\n${red('database "nope" not found')}`;
    expect(readTctlError(stderr)).toEqual({ code: 'not-found', said: 'database "nope" not found' });
  });

  it('cuts a long answer', () => {
    expect(readTctlError(red('x'.repeat(5000))).said).toHaveLength(301);
  });

  it.each([
    ['invalid label key: "connection refused"', 'invalid'],
    ['database "your credentials have expired" already exists', 'already-exists'],
  ])('is not misled by what a document is called: %s', (text, code) => {
    expect(readTctlError(red(text)).code).toBe(code);
  });
});
