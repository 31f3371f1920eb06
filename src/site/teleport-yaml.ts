/** The configuration of the Teleport programs on a host, as far as an agent for clones is concerned. Pure. */
import type { LabelMatcher } from '../teleport/matcher.ts';
import { readYaml } from '../yaml/read.ts';
import { at } from './value.ts';

export interface TeleportYaml {
  /** Of a cluster that this host joins; undefined where it is a cluster of its own. */
  readonly proxy: string | undefined;
  readonly isAuth: boolean;
  readonly isProxy: boolean;
  readonly databases: Agent;
  readonly apps: Agent;
}

export interface Agent {
  readonly isEnabled: boolean;
  /** Labels of what it serves among the resources that are registered at run time. */
  readonly matchers: readonly LabelMatcher[];
}

/** Throws a `YamlError` for what is no YAML. */
export function readTeleportYaml(text: string): TeleportYaml {
  const { value } = readYaml(text);
  const proxy = at(value, 'teleport', 'proxy_server') ?? at(value, 'teleport', 'auth_server');
  return {
    proxy: typeof proxy === 'string' ? proxy : undefined,
    isAuth: isEnabled(at(value, 'auth_service'), true),
    isProxy: isEnabled(at(value, 'proxy_service'), true),
    databases: agentOf(at(value, 'db_service')),
    apps: agentOf(at(value, 'app_service')),
  };
}

function agentOf(service: unknown): Agent {
  const resources = at(service, 'resources');
  const matchers = Array.isArray(resources)
    ? resources.map((resource) => matcherOf(at(resource, 'labels')))
    : [];
  // A section that is there is on unless it says otherwise.
  return { isEnabled: service !== undefined && service !== null && isEnabled(service, true), matchers };
}

/** Teleport takes yes, no, on, off, true and false, as words or as values. */
function isEnabled(service: unknown, byDefault: boolean): boolean {
  const word = at(service, 'enabled');
  if (word === undefined || word === null || word === '') return byDefault;
  return /^(yes|on|true|1)$/i.test(String(word));
}

function matcherOf(labels: unknown): LabelMatcher {
  return Object.fromEntries(
    Object.entries(Object(labels)).map(([key, value]) => [
      key,
      (Array.isArray(value) ? value : [value]).map(String),
    ]),
  );
}
