import { APP_PREFIX, DATABASE_PREFIX } from './name.ts';
import type { Labels, Resource } from './resource.ts';

/** The labels we write; roles, agents and our own claim of ownership hang on them. */
export const LABEL = {
  dblab: 'dblab',
  environment: 'environment',
  instance: 'dblab_instance',
  cloneId: 'clone_id',
  user: 'dblab_user',
  owner: 'dblab_owner',
} as const;

/** Labels in this namespace are Teleport's: never written, never removed, never compared. */
const TELEPORTS_OWN = 'teleport.dev/';

function isTeleportsLabel(key: string): boolean {
  return key.startsWith(TELEPORTS_OWN);
}

/** The labels that an update has to leave as they are. */
export function teleportsLabels(labels: Labels): Labels {
  return Object.fromEntries(Object.entries(labels).filter(([key]) => isTeleportsLabel(key)));
}

/** The labels that are ours to set: all but Teleport's. */
export function ownLabels(labels: Labels): Labels {
  return Object.fromEntries(Object.entries(labels).filter(([key]) => !isTeleportsLabel(key)));
}

/**
 * Whether we (or the original sidecar, which wrote no `dblab_instance`) made this registration for the
 * given environment. Labels alone do not decide: an administrator may give a database or an app of
 * their own the same labels so that the same roles reach it, and that one is not ours to remove.
 */
export function isOurs(resource: Resource, environment: string): boolean {
  return environmentOf(resource) === environment;
}

/** The environment whose sidecar made this registration; undefined for what no sidecar made. */
export function environmentOf(resource: Resource): string | undefined {
  return hasOurShape(resource) ? instanceOf(resource) : undefined;
}

/** Made by a sidecar of another environment: the one case in which a taken name is simply side-stepped. */
export function isOfAnotherEnvironment(resource: Resource, environment: string): boolean {
  const other = environmentOf(resource);
  return other !== undefined && other !== environment;
}

function instanceOf({ labels }: Resource): string | undefined {
  if (labels[LABEL.dblab] !== 'true') return undefined;
  return labels[LABEL.instance] ?? labels[LABEL.environment];
}

function hasOurShape(resource: Resource): boolean {
  if (resource.kind === 'app') return resource.name.startsWith(APP_PREFIX);
  return LABEL.cloneId in resource.labels || resource.name.startsWith(DATABASE_PREFIX);
}
