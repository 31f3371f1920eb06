import { describe, expect, it } from 'vitest';
import { YamlError } from '../yaml/error.ts';
import { isOn, readServerYml } from './server-yml.ts';

const ANCHORS = `
databaseContainer: &db_container
  containerConfig: {volume: "/a:/b:ro"}
databaseConfigs: &db_configs
  configs: {ssl: "on", shared_buffers: 1GB}
provision:
  <<: *db_container
`;

describe('readServerYml', () => {
  it('resolves what the Engine resolves: merged blocks of the job that makes snapshots', () => {
    const physical = `${ANCHORS}retrieval:
  jobs: [physicalRestore, physicalSnapshot]
  spec:
    physicalSnapshot:
      options:
        <<: *db_configs
        promotion: {enabled: true}
`;
    expect(readServerYml(physical)).toMatchObject({
      mode: 'physical',
      settings: { ssl: 'on', shared_buffers: '1GB' },
      volume: '/a:/b:ro',
      isPromoted: true,
    });
  });

  it('does not see a block that no job merges', () => {
    const spec = 'retrieval: {jobs: [logicalSnapshot], spec: {logicalSnapshot: {options: {}}}}\n';
    expect(readServerYml(ANCHORS + spec)).toMatchObject({ mode: 'logical', settings: {}, isPromoted: true });
  });

  it('knows a physical mode without promotion', () => {
    const spec = 'retrieval: {spec: {physicalSnapshot: {options: {<<: *db_configs}}}}\n';
    expect(readServerYml(ANCHORS + spec)).toMatchObject({ mode: 'physical', isPromoted: false });
  });

  it('reads the form in which the Engine shows its configuration', () => {
    const shown =
      'webhooks:\n    hooks:\n        - url: http://x/teleport-sync\n          secret: s\n          trigger: [clone_create]\nbase: &b\n    configs:\n        ssl: "on"\ndatabaseConfigs:\n    !!merge <<: *b\n';
    expect(readServerYml(shown)).toMatchObject({
      settings: { ssl: 'on' },
      hooks: [{ url: 'http://x/teleport-sync', secret: 's', triggers: ['clone_create'] }],
    });
  });

  it('tells what is defined twice, with its lines', () => {
    const twice = 'a: &x {k: 1}\nb: &x {k: 2}\nc: 1\nd:\n  e: 1\n  e: 2\n';
    expect(readServerYml(twice).definedTwice).toEqual([
      'the anchor &x (lines 1 and 2)',
      'd.e (lines 5 and 6)',
    ]);
  });

  it('does not take items of a list for one map', () => {
    expect(readServerYml('hooks:\n  - url: a\n  - url: b\n').definedTwice).toEqual([]);
  });

  it.each([
    '',
    'null',
    '[]',
    '"text"',
    'webhooks: 1',
    'webhooks: {hooks: {a: 1}}',
    'retrieval: [1]',
    'provision: null',
  ])('makes nothing of %j', (text) => {
    expect(readServerYml(text)).toMatchObject({
      mode: 'unknown',
      settings: {},
      volume: undefined,
      hooks: [],
    });
  });

  it.each([
    'a: [',
    'a: *nothing',
    `a: &a [${'x,'.repeat(20)}]\nb: &b [${'*a,'.repeat(60)}]\nc: &c [${'*b,'.repeat(60)}]\n`,
  ])('refuses what cannot be read (%#)', (text) => {
    expect(() => readServerYml(text)).toThrow(YamlError);
  });
});

it('takes the words that PostgreSQL takes for on', () => {
  expect(['on', 'ON', 'true', 'yes', '1'].every(isOn)).toBe(true);
  expect(['off', 'false', '', undefined, '0'].some(isOn)).toBe(false);
});
