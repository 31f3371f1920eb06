import { describe, expect, it } from 'vitest';
import { TeleportError } from '../teleport/error.ts';
import { app, policy, registration } from '../testing/builders.ts';
import type { Failure } from './queue.ts';
import { readiness } from './readiness.ts';
import { type CloneStatus, type Status, starting } from './status.ts';
import { troublesOf } from './trouble.ts';

const BASE: Status = { ...starting(policy, 'api'), lookedAt: 1 };
const troubles = (over: Partial<Status>) => troublesOf({ ...BASE, ...over });

const failure = (key: string, over: Partial<Failure> = {}): Failure => ({
  ...{ key, error: new TeleportError('rule-denied', 'No right.'), failures: 1, since: 0, until: 500 },
  wakes: false,
  ...over,
});
const unknown = new TeleportError('not-found', 'Not known.');
const taken = new TeleportError('already-exists', 'It exists.');
const cloneStatus = (id: string, standing: CloneStatus['standing']): CloneStatus => ({
  ...{ id, standing, status: 'OK', port: 6000, name: undefined, user: 'u', database: 'd' },
  ...{ createdAt: undefined, refusal: undefined },
});
const serving = (...hosts: string[]) => ({
  isKnown: true,
  unserved: [],
  servers: new Map([
    ['db-a', hosts.map((host) => ({ of: 'db' as const, name: 'db-a', host, hostId: `id of ${host}` }))],
  ]),
});

it('there is none on a quiet day', () => {
  expect(troubles({ clones: [cloneStatus('a', 'registered')], service: serving('one') })).toEqual([]);
});

describe('says what is wrong and what to do', () => {
  it.each<[what: string, over: Partial<Status>, sentence: RegExp]>([
    ['held', { held: ['a', 'b'] }, /^Removals are held: .* "a", "b"\. .* three times over a minute\.$/],
    [
      'more than five',
      { held: ['a', 'b', 'c', 'd', 'e', 'f', 'g'] },
      /no trace of "a", "b", "c", "d", "e" and 2 more\./,
    ],
    ['five', { held: ['a', 'b', 'c', 'd', 'e'] }, /no trace of "a", "b", "c", "d", "e"\./],
    [
      'disputed',
      {
        clones: [cloneStatus('a', 'disputed'), cloneStatus('b', 'disputed'), cloneStatus('c', 'registered')],
      },
      /^The Engine gives one port to several ready clones \("a", "b"\): none of them is offered/,
    ],
    [
      'a conflict',
      { conflicts: [{ key: 'clone/a', cloneId: 'a', holder: registration('a', 6000) }] },
      /^db\/dblab-clone-prod-a-6000 exists .* left alone\. Rename or remove it \(tctl rm db\/dblab-clone-prod-a-6000\)/,
    ],
    [
      'a conflict of the app',
      { conflicts: [{ key: 'app', cloneId: undefined, holder: app('dblab-api-prod') }] },
      /^app\/dblab-api-prod exists/,
    ],
    [
      'one refusal of several',
      { failures: [failure('clone/a'), failure('app')] },
      /^Not in step: "clone\/a", "the app"\. No right\.$/,
    ],
    [
      'what is not found for long',
      { failures: [failure('clone/a', { error: unknown, failures: 5 })] },
      /^Not in step: "clone\/a"\. Not known\.$/,
    ],
    [
      'what the list hides',
      { failures: [failure('clone/a', { error: taken, since: 1_000, until: 31_001 })] },
      /^Not in step: "clone\/a"\. It exists\. The list does not show it, .* \(app_labels\) .* holds the name\.$/,
    ],
    [
      'what the list may yet show',
      { failures: [failure('clone/a', { error: taken, since: 1_000, until: 31_000 })] },
      /^Not in step: "clone\/a"\. It exists\.$/,
    ],
    [
      'a refusal that has nothing to do with lists, for long',
      { failures: [failure('clone/a', { until: 100_000 })] },
      /^Not in step: "clone\/a"\. No right\.$/,
    ],
    [
      'a quarrel',
      { quarrels: ['clone/a'] },
      /^Somebody undoes our changes of "clone\/a" .* environment "prod" .* an environment id of its own\.$/,
    ],
    [
      'nobody serves',
      { service: { ...serving('one'), unserved: ['db-b'] } },
      /^No agent serves "db-b", .* dblab: "true" and environment: "prod" \(db_service/,
    ],
    [
      'agents of two hosts at a loopback address',
      { service: serving('one', 'two') },
      /^Agents on "one", "two" serve "db-a", and each dials its own 127\.0\.0\.1: .* \(db_service\.resources in teleport\.yaml\)\.$/,
    ],
  ])('%s', (_, over, sentence) => {
    expect(troubles(over)).toEqual([expect.stringMatching(sentence)]);
  });

  it('a refusal or two of what Teleport does not show yet are no trouble', () => {
    expect(troubles({ failures: [failure('clone/a', { error: unknown, failures: 4 })] })).toEqual([]);
  });

  it.each([
    ['127.0.0.2', 1],
    ['localhost', 1],
    ['::1', 1],
    ['[::1]', 1],
    ['localhost.example.com', 0],
    ['10.127.0.1', 0],
    ['::10', 0],
  ])('agents of two hosts at %s: %i', (cloneHost, count) => {
    expect(troubles({ cloneHost, service: serving('one', 'two') })).toHaveLength(count);
  });
});

describe('readiness', () => {
  const clones = [cloneStatus('a', 'registered'), cloneStatus('b', 'waiting')];

  it.each<[what: string, over: Partial<Status>, ready: boolean, sentence: RegExp]>([
    ['before the first look', { lookedAt: undefined }, false, /^Starting: the first look/],
    ['in step', { clones: clones.slice(0, 1) }, true, /^In step: 1 clone registered\.$/],
    ['only what is registered counts', { clones }, true, /^In step: 1 clone registered\.$/],
    ['none', {}, true, /^In step: 0 clones registered\.$/],
    ['a blind one', { blindness: { error: unknown, since: 0 } }, false, /^Not known\.$/],
    ['a right that lacks', { failures: [failure('clone/a')] }, false, /^Not in step: "clone\/a"/],
    ['a right that lacks for the app', { failures: [failure('app')] }, true, /^Not in step: "the app"/],
    ['several troubles', { held: ['a'], failures: [failure('app')] }, true, /^Removals .* Not in step: /],
  ])('%s', (_, over, ready, sentence) => {
    expect(readiness({ ...BASE, ...over })).toEqual({ ready, sentence: expect.stringMatching(sentence) });
  });

  it.each([
    ['rule-denied', false],
    ['labels-denied', false],
    ['identity-expired', false],
    ['identity-missing', false],
    ['identity-invalid', false],
    ['unreachable', false],
    ['timeout', false],
    ['tctl-missing', false],
    ['invalid', true],
    ['already-exists', true],
    ['not-found', true],
    ['unknown', true],
  ] as const)('a clone that is refused with %s: ready %s', (code, ready) => {
    const failures = [failure('clone/a', { error: new TeleportError(code, 'No.'), failures: 9 })];
    expect(readiness({ ...BASE, failures }).ready).toBe(ready);
  });
});
