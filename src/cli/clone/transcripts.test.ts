import { expect, test } from 'vitest';
import { type CommandedEngine, commandEngine, FIRST } from '../../testing/commanded-engine.ts';

/*
 * What is typed about clones, what the Engine is asked, and what is printed.
 *
 *   $ dblab ...       a command line
 *   > METHOD PATH     a request that it sends, with its body; a look repeated while waiting is shown once
 *   ! ...             printed on stderr
 *   (exit N)          unless it is 0
 *
 * Every other line is printed on stdout. A password that was made is shown as MADE.
 */

const CREATE =
  '$ dblab clone create --username testuser --password secret_password --db-name postgres --id c1';
const BODY = `{"id":"c1","protected":false,"db":{"username":"testuser","password":"secret_password","restricted":false,"db_name":"postgres"},"snapshot":null,"extra_conf":{},"branch":""}`;
const CREATED = `ID:                 c1
Branch:             main
Snapshot:           dblab_pool@snapshot_20260401000000
Connection string:  host=localhost port=6000 user=testuser dbname=postgres
`;
const STATUS = `{
    "id": "c1",
    "branch": "main",
    "revision": 0,
    "protected": false,
    "deleteAt": null,
    "createdAt": "2026-04-01T00:00:00Z",
    "status": {
        "code": "OK",
        "message": "Clone is ready to accept Postgres connections."
    },
    "db": {
        "connStr": "host=localhost port=6000 user=testuser dbname=postgres",
        "host": "localhost",
        "port": "6000",
        "username": "testuser",
        "password": "",
        "dbName": "postgres"
    },
    "snapshot": {
        "id": "dblab_pool@snapshot_20260401000000",
        "createdAt": "2026-04-01T00:00:00Z",
        "dataStateAt": "2026-04-01T00:00:00Z",
        "pool": "dblab_pool",
        "numClones": 1,
        "clones": [
            "c1"
        ],
        "branch": "main",
        "message": "",
        "protected": false,
        "physicalSize": "20 KiB",
        "logicalSize": "1.0 GiB"
    },
    "metadata": {
        "cloningTime": 0,
        "maxIdleMinutes": 120,
        "protectionLeaseDurationMinutes": 1440,
        "protectionMaxDurationMinutes": 10080,
        "cloneDiffSize": "475 KiB",
        "logicalSize": "1.0 GiB"
    }
}`;
const PROTECTED = STATUS.replace('"protected": false,', '"protected": true,');
const till = (time: string) =>
  PROTECTED.replace('"protected": true,', `"protected": true,\n    "protectedTill": "${time}",`);
const indented = (text: string) => text.replace(/^/gm, '    ');

const TRANSCRIPTS: readonly (readonly [about: string, transcript: string])[] = [
  [
    'the guide creates a clone, connects, and cleans up',
    `$ dblab clone create --username testuser --dbname postgres --id test-clone
> POST /clone {"id":"test-clone","protected":false,"db":{"username":"testuser","password":"MADE","restricted":false,"db_name":"postgres"},"snapshot":null,"extra_conf":{},"branch":""}
> GET /clone/test-clone
ID:                 test-clone
Branch:             main
Snapshot:           dblab_pool@snapshot_20260401000000
Connection string:  host=localhost port=6000 user=testuser dbname=postgres
Password:           MADE   (shown this once)

$ dblab clone destroy --id test-clone
> DELETE /clone/test-clone
> GET /clone/test-clone
The clone has been successfully destroyed: test-clone
`,
  ],
  [
    'a clone with a given password',
    `${CREATE}
> POST /clone ${BODY}
> GET /clone/c1
${CREATED}
`,
  ],
  [
    'a clone with everything that can be said about it',
    `$ dblab clone create --username testuser --password secret_password --restricted --db-name postgres --id c1 --snapshot-id dblab_pool@snapshot_20260401000000 --branch main --protected 2h --extra-config statement_timeout=1s --extra-config work_mem=8MB,jit=off
> POST /clone {"id":"c1","protected":true,"protectionDurationMinutes":120,"db":{"username":"testuser","password":"secret_password","restricted":true,"db_name":"postgres"},"snapshot":{"id":"dblab_pool@snapshot_20260401000000"},"extra_conf":{"statement_timeout":"1s","work_mem":"8MB","jit":"off"},"branch":"main"}
> GET /clone/c1
${CREATED}
`,
  ],
  [
    'a clone that is not waited for',
    `${CREATE} --async
> POST /clone ${BODY}
ID:                 c1
Branch:             main
Snapshot:           dblab_pool@snapshot_20260401000000
Connection string:  ${''}

`,
  ],
  [
    'the document of a new clone, for a program',
    `${CREATE} --output json
> POST /clone ${BODY}
> GET /clone/c1
${STATUS}
`,
  ],
  [
    'no clones, and a list of one',
    `$ dblab clone list
> GET /status
[]
${CREATE}
> POST /clone ${BODY}
> GET /clone/c1
${CREATED}
$ dblab clone list
> GET /status
[
${indented(STATUS)}
]
`,
  ],
  [
    'the state of a clone',
    `${CREATE}
> POST /clone ${BODY}
> GET /clone/c1
${CREATED}
$ dblab clone status c1
> GET /clone/c1
${STATUS}
$ dblab clone status --id c1
> GET /clone/c1
${STATUS}
`,
  ],
  ...(
    [
      ['--protected 90 c1', '"protected":true,"protectionDurationMinutes":90', till('2026-04-01T01:30:00Z')],
      ['c1 --protected true', '"protected":true', till('2026-04-02T00:00:00Z')],
      ['c1 --protected', '"protected":true', till('2026-04-02T00:00:00Z')],
      ['--id c1 -p 2h', '"protected":true,"protectionDurationMinutes":120', till('2026-04-01T02:00:00Z')],
      ['c1 -p 0', '"protected":true,"protectionDurationMinutes":0', till('2026-04-08T00:00:00Z')],
      ['--protected=false c1', '"protected":false', STATUS],
    ] as const
  ).map(
    ([typed, body, printed]) =>
      [
        `protection: update ${typed}`,
        `${CREATE}
> POST /clone ${BODY}
> GET /clone/c1
${CREATED}
$ dblab clone update ${typed}
> PATCH /clone/c1 {${body}}
! Clone c1 is ${body === '"protected":false' ? 'not protected any more' : `protected until ${/Till": "(.*)"/.exec(printed)?.[1]}`}.
${printed}
`,
      ] as const,
  ),
  ...(
    [
      ['c1', '{"snapshotID":"","latest":false}'],
      ['--latest c1', '{"snapshotID":"","latest":true}'],
      [`--id c1 --snapshot-id ${FIRST}`, `{"snapshotID":"${FIRST}","latest":false}`],
    ] as const
  ).map(
    ([typed, body]) =>
      [
        `reset ${typed}`,
        `${CREATE}
> POST /clone ${BODY}
> GET /clone/c1
${CREATED}
$ dblab clone reset ${typed}
> POST /clone/c1/reset ${body}
> GET /clone/c1
The clone has been successfully reset: c1
`,
      ] as const,
  ),
  [
    'orders that are not waited for',
    `${CREATE}
> POST /clone ${BODY}
> GET /clone/c1
${CREATED}
$ dblab clone reset --async c1
> POST /clone/c1/reset {"snapshotID":"","latest":false}
The clone is being reset: c1
$ dblab clone destroy c1 -a
> DELETE /clone/c1
The clone is being destroyed: c1
`,
  ],
  [
    'what cannot be meant, and nothing is sent',
    `$ dblab clone update c1
! Nothing to change: say --protected true, or how long, as in 30m, 2h or 7d. --protected false takes the protection off.
(exit 2)
$ dblab clone update --protected c1
! invalid --protected value: "c1" (use 'true', 'false', minutes, or duration like 30m/2h/7d). Is it the clone? Name that first: dblab clone update CLONE_ID --protected.
(exit 2)
$ dblab clone create --username u --protected x
! invalid --protected value: "x" (use 'true', 'false', minutes, or duration like 30m/2h/7d).
(exit 2)
$ dblab clone reset c1 --latest --snapshot-id dblab_pool@snapshot_20260401000000
! --latest and --snapshot-id are both given: keep one of them.
(exit 2)
$ dblab clone create --username u --extra-config nokv
! error: option '--extra-config <NAME=VALUE>' argument 'nokv' is invalid. It must be NAME=VALUE, as in work_mem=8MB.
! See "dblab clone create --help".
(exit 2)
$ dblab clone create
! error: required option '--username <NAME>' not specified
! See "dblab clone create --help".
(exit 2)
$ dblab clone status
! Which clone? Name it: dblab clone status CLONE_ID. "dblab clone list" shows them.
(exit 2)
$ dblab clone destroy c1 --id c2
! Two clones are named: destroy them one by one.
(exit 2)
`,
  ],
];

test.each(TRANSCRIPTS)('%s', async (_, transcript) => {
  const all = await commandEngine();
  const commands = transcript.split('\n').filter((line) => line.startsWith('$ dblab '));
  let played = '';
  for (const command of commands) played += await play(command, all);
  expect(played).toBe(transcript);
});

async function play(command: string, { dblab, recorded }: CommandedEngine): Promise<string> {
  const { exit, stdout, stderr } = await dblab(command.split(' ').slice(2));
  const sent = recorded.requests.splice(0).map(({ line, body, headers }) => {
    expect(headers).toMatchObject({ 'verification-token': 'engine-token' });
    expect(headers).not.toHaveProperty('content-type');
    expect(body).toMatch(/^$|\n$/);
    return `> ${line} ${body}`.trimEnd();
  });
  const lines = [
    command,
    ...sent.filter((request, index) => request !== sent[index - 1]),
    ...stderr.split('\n').flatMap((line) => (line === '' ? [] : [`! ${line}`])),
  ];
  const text = `${lines.join('\n')}\n${stdout}${exit === 0 ? '' : `(exit ${exit})\n`}`;
  return text.replace(/(?<="password":"|Password: {11})[\w-]{32}/g, 'MADE');
}

test('a token is sent even where it is empty', async () => {
  const { dblab, recorded } = await commandEngine();
  await dblab(['clone', 'list'], { env: { DBLAB_INSTANCE_URL: recorded.url } });
  expect(recorded.requests[0]?.headers).toMatchObject({ 'verification-token': '' });
});
