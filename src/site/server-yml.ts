/**
 * The Engine's configuration as far as Teleport is concerned, with anchors and merges resolved: what the
 * Engine itself makes of the file (it reads `provision` and `retrieval`, never the blocks that
 * only define anchors). Pure.
 */
import { readYaml } from '../yaml/read.ts';
import { at } from './value.ts';

export interface ServerYml {
  readonly mode: 'logical' | 'physical' | 'unknown';
  /** PostgreSQL's settings of the snapshots that clones are made from. */
  readonly settings: Readonly<Record<string, string>>;
  /** What is mounted into clones, `SOURCE:TARGET[:ro]`; a map of Docker flags has room for one only. */
  readonly volume: string | undefined;
  /** Of physical mode alone; without it no PostgreSQL is started for a snapshot, and no setting gets there. */
  readonly isPromoted: boolean;
  readonly hooks: readonly Hook[];
  /** Empty: every address of the host. */
  readonly cloneAddresses: readonly string[];
  /** What is defined twice, with the lines: the second definition counts for what stands behind it alone. */
  readonly definedTwice: readonly string[];
}

export interface Hook {
  readonly url: string;
  readonly secret: string;
  readonly triggers: readonly string[];
}

const SNAPSHOTS = { logical: 'logicalSnapshot', physical: 'physicalSnapshot' } as const;

/** Throws a `YamlError` for what is no YAML. */
export function readServerYml(text: string): ServerYml {
  const { value, anchorsDefinedTwice, keysDefinedTwice } = readYaml(text);
  const mode = modeOf(value);
  const snapshot =
    mode === 'unknown'
      ? at(value, 'databaseConfigs')
      : at(value, 'retrieval', 'spec', SNAPSHOTS[mode], 'options');
  return {
    mode,
    settings: texts(at(snapshot, 'configs')),
    volume:
      asText(at(value, 'provision', 'containerConfig', 'volume')) ??
      asText(at(mode === 'unknown' ? value : undefined, 'databaseContainer', 'containerConfig', 'volume')),
    isPromoted: mode !== 'physical' || at(snapshot, 'promotion', 'enabled') === true,
    hooks: list(at(value, 'webhooks', 'hooks')).map(hookOf),
    cloneAddresses: (asText(at(value, 'provision', 'cloneAccessAddresses')) ?? '')
      .split(',')
      .map((address) => address.trim())
      .filter((address) => address !== ''),
    definedTwice: [
      ...anchorsDefinedTwice.map(({ name, lines }) => `the anchor &${name} (lines ${lines.join(' and ')})`),
      ...keysDefinedTwice.map(({ path, lines }) => `${path.join('.')} (lines ${lines.join(' and ')})`),
    ],
  };
}

function modeOf(value: unknown): ServerYml['mode'] {
  const jobs = list(at(value, 'retrieval', 'jobs')).map(String);
  const spec = at(value, 'retrieval', 'spec');
  const has = (name: string) => (jobs.length > 0 ? jobs.includes(name) : at(spec, name) !== undefined);
  if (has('physicalSnapshot')) return 'physical';
  return has('logicalSnapshot') ? 'logical' : 'unknown';
}

function hookOf(hook: unknown): Hook {
  return {
    url: asText(at(hook, 'url')) ?? '',
    secret: asText(at(hook, 'secret')) ?? '',
    triggers: list(at(hook, 'trigger')).map(String),
  };
}

function list(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

function texts(value: unknown): Record<string, string> {
  return Object.fromEntries(Object.entries(Object(value)).map(([key, it]) => [key, String(it)]));
}

function asText(value: unknown): string | undefined {
  return value === undefined || value === null ? undefined : String(value);
}

/** PostgreSQL takes more words for a switch than `on`. */
export function isOn(setting: string | undefined): boolean {
  return /^(on|true|yes|1)$/i.test(setting ?? '');
}
