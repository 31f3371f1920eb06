/** Whatever stands in a file or comes from a program: it is read, or refused with a sentence. More by hand: FUZZ=20000. */
import { create, fromBinary, toBinary } from '@bufbuild/protobuf';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { edited, environmentsIn, NotEnvironments } from '../../src/cli/environments/file-text.ts';
import { run } from '../../src/cli/program.ts';
import { parseServeConfig } from '../../src/config/serve.ts';
import { serveOptions } from '../../src/config/serve-options.ts';
import { readEvent } from '../../src/engine/event.ts';
import { systemClock } from '../../src/lib/clock.ts';
import { readServerYml } from '../../src/site/server-yml.ts';
import { readTeleportYaml } from '../../src/site/teleport-yaml.ts';
import { fromDatabase } from '../../src/teleport/api-message.ts';
import { fromDocument } from '../../src/teleport/document.ts';
import { readTctlError, TeleportError } from '../../src/teleport/error.ts';
import { DatabaseV3Schema } from '../../src/teleport/gen/auth_pb.ts';
import { parseIdentity } from '../../src/teleport/identity.ts';
import { readDocument, splitDocuments } from '../../src/teleport/tctl-yaml.ts';
import { identityText, makeIdentity } from '../../src/testing/identity.ts';
import { YamlError } from '../../src/yaml/error.ts';
import { rubbishBytesLike, rubbishLike } from './rubbish.ts';

const RUNS = { numRuns: Number(process.env['FUZZ'] ?? 500) };
const PATIENCE_MS = 3_600_000;

/** Runs `read`, which may fail in the `foreseen` way only. */
function readOrRefused(read: () => unknown, foreseen: new (...given: never[]) => Error): void {
  try {
    read();
  } catch (error) {
    if (!(error instanceof foreseen)) throw error;
    expect(error.message).not.toBe('');
  }
}

const identity = identityText(await makeIdentity({ expiresAt: Date.now() + 3_600_000 }));

const TEXTS: readonly [what: string, sample: string, read: (text: string) => void][] = [
  [
    'the body of a webhook',
    '{"event_type":"clone_create","entity_id":"c1","port":6000}',
    (text) => {
      const event = readEvent(Buffer.from(text));
      if (event.kind === 'hint') expect(event.cloneId.length).toBeLessThanOrEqual(text.length);
      else expect(event.reason).toMatch(/\.$/);
    },
  ],
  ['an identity file', identity, (text) => readOrRefused(() => parseIdentity(text), TeleportError)],
  [
    "tctl's list",
    'kind: db\nmetadata:\n  labels:\n    dblab: "true"\n  name: n\nspec:\n  protocol: postgres\n  uri: 127.0.0.1:6000\nversion: v3\n---\nkind: app\nmetadata:\n  name: a\nspec:\n  uri: http://h\nversion: v3\n',
    // The transport names tctl in whatever is thrown here.
    (text) => readOrRefused(() => splitDocuments(text).map((it) => fromDocument(readDocument(it))), Error),
  ],
  [
    "tctl's complaints",
    'ERROR: database "x" already exists\n\taccess denied to perform action "create" on "db"',
    (text) => {
      expect(readTctlError(text).code).toMatch(/^[a-z-]+$/);
    },
  ],
  [
    'cli.yml',
    'current_environment: a\nenvironments:\n  a:\n    url: http://localhost:2345\n    token: t\n    forwarding:\n      server_url: ""\n      local_port: ""\n',
    (text) => {
      readOrRefused(() => environmentsIn(text), NotEnvironments);
      readOrRefused(() => edited(text, []), NotEnvironments);
    },
  ],
  [
    'server.yml',
    'server: &s\n  verificationToken: t\n  port: 2345\nwebhooks:\n  hooks:\n    - url: http://h/teleport-sync\n      secret: s\n      trigger: [clone_create]\nother: *s\n',
    (text) => readOrRefused(() => readServerYml(text), YamlError),
  ],
  [
    'teleport.yaml',
    'version: v3\ndb_service:\n  enabled: yes\n  resources:\n    - labels:\n        dblab: "true"\napp_service:\n  enabled: "yes"\n',
    (text) => readOrRefused(() => readTeleportYaml(text), YamlError),
  ],
];

it.each(TEXTS)(
  '%s',
  (_what, sample, read) => {
    read(sample);
    fc.assert(fc.property(rubbishLike(sample), read), RUNS);
  },
  PATIENCE_MS,
);

it(
  "a database in Teleport's answer",
  () => {
    const sample = toBinary(
      DatabaseV3Schema,
      create(DatabaseV3Schema, {
        metadata: { name: 'n', labels: { a: 'b' } },
        spec: { uri: '127.0.0.1:6000' },
      }),
    );
    const read = (bytes: Uint8Array) =>
      readOrRefused(() => fromDatabase(fromBinary(DatabaseV3Schema, bytes)), Error);
    read(sample);
    fc.assert(fc.property(rubbishBytesLike(sample), read), RUNS);
  },
  PATIENCE_MS,
);

const flag = fc.constantFrom(...Object.values(serveOptions).map((option) => option.flag));

it(
  'the values of flags and variables',
  () => {
    const names = Object.values(serveOptions).flatMap((option) => ('env' in option ? [option.env] : []));
    const values = fc.oneof(rubbishLike('127.0.0.1:9876'), rubbishLike('15s'), rubbishLike('a=b,c=d'));
    const sources = fc.record({
      flags: fc.dictionary(flag, fc.oneof(values, fc.constant(true as const))),
      env: fc.dictionary(fc.constantFrom(...names), values),
    });
    fc.assert(
      fc.property(sources, (given) => {
        const readFile = () => '\0rubbish';
        const parsed = parseServeConfig({ ...given, readFile });
        if (!parsed.ok) expect(parsed.problems.length).toBeGreaterThan(0);
      }),
      RUNS,
    );
  },
  PATIENCE_MS,
);

it(
  'any arguments at all',
  async () => {
    const words = fc.oneof(
      flag.map((name) => `--${name}`),
      fc.string({ unit: 'binary', maxLength: 30 }),
      rubbishLike('--label=a=b'),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(words, { maxLength: 6 }), async (given) => {
        const said: string[] = [];
        const exit = await run(['teleport', 'serve', ...given], {
          env: {},
          home: '/nonexistent',
          stdout: { write: (text) => said.push(text) },
          stderr: { write: (text) => said.push(text) },
          clock: systemClock,
          signal: new AbortController().signal,
        });
        expect([0, 2]).toContain(exit);
        expect(said.join('')).not.toMatch(/\n {4}at /);
      }),
      { numRuns: RUNS.numRuns / 5 },
    );
  },
  PATIENCE_MS,
);
