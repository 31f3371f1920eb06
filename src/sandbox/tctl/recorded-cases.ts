/**
 * What a real tctl answered, 18.0.0 and 15.1.4, one case after the other against one cluster. `late` cases
 * are run when the cluster's reads have caught up with all writes, the others right after the one before.
 */
export interface RecordedCase {
  readonly title: string;
  readonly args: readonly string[];
  readonly stdin?: string;
  /** `valid` where none is named. */
  readonly identity?: 'powerless' | 'expired' | 'missing' | 'garbled' | 'unreachable';
  readonly late: boolean;
  readonly wants: Wanted;
  /** Where 15.1.4 differs; its recording met two of the windows too late. */
  readonly old?: { readonly late?: boolean; readonly wants?: Wanted };
}

interface Wanted {
  readonly exit: 0 | 1;
  readonly stdout?: string;
  /** Names of the documents in the JSON on standard output. */
  readonly names?: readonly string[];
  /** The text behind tctl's coloured `ERROR: `. */
  readonly error?: string;
  /** All of standard error, where tctl does not colour it. */
  readonly plainError?: string;
}

const says = (stdout: string): Wanted => ({ exit: 0, stdout });
const lists = (...names: string[]): Wanted => ({ exit: 0, names });
const refuses = (error: string, stdout = ''): Wanted => ({ exit: 1, error, stdout });

export function database(name: string, port = 6000): string {
  return `kind: db
version: v3
metadata:
  name: "${name}"
  labels: {dblab: "true", environment: prod, clone_id: x}
spec: {protocol: postgres, uri: "127.0.0.1:${port}", tls: {mode: insecure}}
`;
}

const APP = `kind: app
version: v3
metadata:
  name: dblab-api-prod
  labels: {dblab: "true", environment: prod}
spec: {uri: "http://127.0.0.1:2345"}
`;
const A = 'dblab-clone-prod-a-6000';
const PATTERN = 'does not match regex used for validation "^[a-zA-Z]([-a-zA-Z0-9]*[a-zA-Z0-9])?$"';
const EXPIRED = 'your credentials have expired, please log in using `tsh login`';
const EXPIRED_OLD = 'your credentials have expired, please login using `tsh login`';
const NO_HOST_UUID =
  'Could not load Teleport host UUID file at /var/lib/teleport/host_uuid. Please make sure that ';
const NO_FOLDER = '\n\tlstat /var/lib/teleport: no such file or directory';

const listDatabases = ['get', 'db', '--format=json'];
const upsert = ['create', '-f'];

const life: RecordedCase[] = [
  { title: 'list, nothing there', args: listDatabases, late: true, wants: says('[]') },
  {
    title: 'create',
    args: upsert,
    stdin: database(A),
    late: true,
    wants: says(`database "${A}" has been created\n`),
  },
  {
    title: 'create again inside the lag window',
    args: upsert,
    stdin: database(A),
    late: false,
    wants: refuses(`"db" "${A}" does not exist`),
    old: { wants: refuses(`database "${A}" doesn't exist`) },
  },
  {
    title: 'remove inside the lag window',
    args: ['rm', `db/${A}`],
    late: false,
    wants: refuses(`database "${A}" not found`),
    old: { late: true, wants: says(`database "${A}" has been deleted\n`) },
  },
  {
    title: 'list inside the lag window',
    args: listDatabases,
    late: false,
    wants: says('[]'),
    old: { wants: lists(A) },
  },
  {
    title: 'list after the lag window',
    args: listDatabases,
    late: true,
    wants: lists(A),
    old: { wants: says('[]') },
  },
  {
    title: 'update',
    args: upsert,
    stdin: database(A, 6001),
    late: true,
    wants: says(`database "${A}" has been updated\n`),
    old: { wants: says(`database "${A}" has been created\n`) },
  },
  {
    title: 'create without force, exists',
    args: ['create'],
    stdin: database(A),
    late: true,
    wants: refuses(`use -f or --force flag to overwrite\n\tdatabase "${A}" already exists`),
  },
];

const documents: RecordedCase[] = [
  {
    title: 'many documents',
    args: upsert,
    stdin: ['m-0', 'm-1', 'm-2'].map((name) => database(name)).join('---\n'),
    late: true,
    wants: says(['m-0', 'm-1', 'm-2'].map((name) => `database "${name}" has been created\n`).join('')),
  },
  {
    title: 'many documents, the second refused',
    args: upsert,
    stdin: ['n-0', 'n_1', 'n-2'].map((name) => database(name)).join('---\n'),
    late: true,
    wants: refuses(`invalid database name\n\t"n_1" ${PATTERN}`, 'database "n-0" has been created\n'),
  },
  ...['dblab-clone-prod-my_clone-6000', 'dblab-clone-prod-v1.2-6000'].map((name) => ({
    title: `name ${name}`,
    args: upsert,
    stdin: database(name),
    late: true,
    wants: refuses(`invalid database name\n\t"${name}" ${PATTERN}`),
  })),
  {
    title: 'empty uri',
    args: upsert,
    stdin: 'kind: db\nversion: v3\nmetadata: {name: nouri}\nspec: {protocol: postgres, uri: ""}\n',
    late: true,
    wants: refuses('database "nouri" URI is empty'),
  },
  {
    title: 'bad label key',
    args: upsert,
    stdin:
      'kind: db\nversion: v3\nmetadata: {name: badlabel, labels: {"a b": "x"}}\nspec: {protocol: postgres, uri: "h:1"}\n',
    late: true,
    wants: refuses('invalid label key: "a b"'),
  },
  {
    title: 'not yaml',
    args: upsert,
    stdin: '{{{',
    late: true,
    wants: refuses("json: offset 2: invalid character '{' looking for beginning of object key string"),
  },
  {
    title: 'empty input',
    args: upsert,
    late: true,
    wants: refuses('no resources found, empty input?'),
  },
  {
    title: 'unknown kind',
    args: upsert,
    stdin: 'kind: nonsense\nversion: v1\nmetadata: {name: x}\n',
    late: true,
    wants: refuses('creating resources of type "nonsense" is not supported'),
  },
];

const ends: RecordedCase[] = [
  { title: 'remove', args: ['rm', `db/${A}`], late: true, wants: says(`database "${A}" has been deleted\n`) },
  {
    title: 'remove again inside the lag window',
    args: ['rm', `db/${A}`],
    late: false,
    wants: refuses(`database "${A}" doesn't exist`),
    old: { late: true, wants: refuses(`database "${A}" not found`) },
  },
  {
    title: 'remove unknown',
    args: ['rm', 'db/nope'],
    late: true,
    wants: refuses('database "nope" not found'),
  },
  {
    title: 'get unknown database',
    args: ['get', 'db/nope', '--format=json'],
    late: true,
    wants: refuses('database "nope" not found'),
  },
  {
    title: 'get unknown app',
    args: ['get', 'app/nope', '--format=json'],
    late: true,
    wants: refuses('"app" "nope" does not exist'),
    old: { wants: refuses('application "nope" doesn\'t exist') },
  },
  {
    title: 'create app',
    args: upsert,
    stdin: APP,
    late: true,
    wants: says('application "dblab-api-prod" has been created\n'),
  },
  { title: 'list apps', args: ['get', 'app', '--format=json'], late: true, wants: lists('dblab-api-prod') },
  {
    title: 'list database servers',
    args: ['get', 'db_server', '--format=json'],
    late: true,
    wants: lists('m-0', 'm-1', 'm-2', 'n-0'),
  },
  {
    title: 'remove app',
    args: ['rm', 'app/dblab-api-prod'],
    late: true,
    wants: says('application "dblab-api-prod" has been deleted\n'),
  },
  {
    title: 'remove unknown app',
    args: ['rm', 'app/nope'],
    late: true,
    wants: refuses('"app" "nope" does not exist'),
    old: { wants: refuses('application "nope" doesn\'t exist') },
  },
];

const identities: RecordedCase[] = [
  { title: 'powerless: list', args: listDatabases, identity: 'powerless', late: true, wants: says('[]') },
  {
    title: 'powerless: create',
    args: upsert,
    stdin: database('p-1'),
    identity: 'powerless',
    late: true,
    wants: refuses('access denied to perform action "create" on "db"'),
  },
  {
    title: 'powerless: remove',
    args: ['rm', 'db/m-0'],
    identity: 'powerless',
    late: true,
    wants: refuses('database "m-0" not found'),
  },
  {
    title: 'powerless: create app',
    args: upsert,
    stdin: APP,
    identity: 'powerless',
    late: true,
    wants: refuses('access denied to perform action "create" on "app"'),
  },
  {
    title: 'expired: list',
    args: listDatabases,
    identity: 'expired',
    late: true,
    wants: refuses(EXPIRED),
    old: { wants: refuses(EXPIRED_OLD) },
  },
  {
    title: 'expired: create',
    args: upsert,
    stdin: database('p-1'),
    identity: 'expired',
    late: true,
    wants: refuses(EXPIRED),
    old: { wants: refuses(EXPIRED_OLD) },
  },
  {
    title: 'identity file missing',
    args: listDatabases,
    identity: 'missing',
    late: true,
    wants: refuses(
      `${NO_HOST_UUID}a Teleport Auth Service instance is running on this host prior to using tctl or provide credentials by logging in with tsh first.${NO_FOLDER}`,
    ),
    old: { wants: refuses(`${NO_HOST_UUID}Teleport is up and running prior to using tctl.${NO_FOLDER}`) },
  },
  {
    title: 'identity file cut off',
    args: listDatabases,
    identity: 'garbled',
    late: true,
    wants: refuses('failed to parse identity file\n\tinvalid PEM block (fragment)'),
  },
  {
    title: 'proxy unreachable',
    args: listDatabases,
    identity: 'unreachable',
    late: true,
    wants: {
      exit: 1,
      stdout: '',
      plainError: 'ERROR: Cannot connect to the auth server. Is the auth server running on "localhost:1"?\n',
    },
  },
  {
    title: 'version',
    args: ['version'],
    late: true,
    wants: says('Teleport v18.0.0 git: go1.26.8\n'),
    old: { wants: says('Teleport v15.1.4 git: go1.26.8\n') },
  },
];

export const recordedCases: readonly RecordedCase[] = [...life, ...documents, ...ends, ...identities];
