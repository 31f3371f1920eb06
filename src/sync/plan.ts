/**
 * What has to change in Teleport, as a value that can be printed, counted, refused and carried out.
 * Pure and total: it knows no clock, no log and no transport, and the order of its inputs does not matter.
 *
 *   desired   actual                   ours   change
 *   yes       none                            create
 *   yes       equal in what we own     yes    nothing
 *   yes       different                yes    update
 *   yes       there                    no     conflict: reported, never written
 *   no        there                    yes    delete
 *   no        there                    no     nothing
 *   keep      any                             nothing
 *
 * Keyed by clone id: a registration of ours keeps its name while the clone keeps its port.
 * A port belongs to one clone: whatever of ours leads to the port of another ready clone goes first.
 */
import { isOfAnotherEnvironment, isOurs, LABEL } from '../teleport/label.ts';
import { appName, databaseName, hashedAppName, hashedDatabaseName, namesPort } from '../teleport/name.ts';
import { type App, type Database, portOf, type Resource } from '../teleport/resource.ts';
import { APP_KEY, cloneKey, compare, inOrder, type PlannedChange, planned } from './change.ts';
import type { Desired, Offer } from './desired.ts';
import { diff, EXPIRES } from './diff.ts';

export interface Plan {
  readonly changes: readonly PlannedChange[];
  readonly conflicts: readonly Conflict[];
  /** The name under which each offered clone is (or will be) registered; a clone in conflict has none. */
  readonly names: ReadonlyMap<string, string>;
  /** How many clone ids have a registration of ours now. */
  readonly registered: number;
}

/** A name that we need and that belongs to somebody else. */
export interface Conflict {
  readonly key: string;
  readonly cloneId: string | undefined;
  readonly holder: Resource;
}

export function plan(desired: Desired, actual: readonly Resource[], environment: string): Plan {
  const databases = planDatabases(desired, actual.filter(isDatabase), environment);
  const app = planApp(desired, actual.filter(isApp), environment);
  return {
    ...databases,
    changes: [...databases.changes, ...app.changes].sort(inOrder),
    conflicts: [...databases.conflicts, ...app.conflicts],
  };
}

function planDatabases(desired: Desired, actual: readonly Database[], environment: string): Plan {
  const ours = actual.filter((database) => isOurs(database, environment)).sort(byName);
  const owners = portOwners(desired);
  const unclaimed = new Unclaimed(ours);
  const taken = new Map<string, Resource>(actual.map((database) => [database.name, database]));
  const changes: PlannedChange[] = [];
  const conflicts: Conflict[] = [];
  const names = new Map<string, string>();

  for (const offer of [...desired.offers.values()].sort(byCloneId)) {
    const candidates = candidateNames(offer, environment);
    const current = unclaimed.claim(offer, candidates);
    const place = current ?? firstFree(candidates, taken, environment);
    if ('holder' in place) {
      conflicts.push({ key: cloneKey(offer.cloneId), cloneId: offer.cloneId, holder: place.holder });
      continue;
    }
    const resource: Database = { ...offer.database, name: place.name };
    names.set(offer.cloneId, resource.name);
    taken.set(resource.name, resource);
    if (current === undefined) changes.push(planned({ action: 'create', resource }, 'new', offer.cloneId));
    else changes.push(...correction(current, resource, desired, { cloneId: offer.cloneId, owners }));
  }
  for (const database of unclaimed.rest()) changes.push(...retirement(database, desired, owners));
  return { changes, conflicts, names, registered: new Set(ours.map(cloneIdOf)).size };
}

function candidateNames({ cloneId, port }: Offer, environment: string): string[] {
  const address = { environment, cloneId, port };
  return [...new Set([databaseName(address), hashedDatabaseName(address)])];
}

/** Our registrations that no offered clone has claimed yet. */
class Unclaimed {
  readonly #byName: Map<string, Database>;
  readonly #byClone = new Map<string, Database[]>();

  constructor(ours: readonly Database[]) {
    this.#byName = new Map(ours.map((database) => [database.name, database]));
    for (const database of ours) {
      const id = cloneIdOf(database);
      this.#byClone.set(id, [...(this.#byClone.get(id) ?? []), database]);
    }
  }

  /** By name first, so that a registration whose `clone_id` was edited by hand is mended and not replaced. */
  claim(offer: Offer, names: readonly string[]): Database | undefined {
    const named = names.flatMap((name) => this.#byName.get(name) ?? [])[0];
    const claimed = named ?? this.#byClone.get(offer.cloneId)?.find((it) => this.#isFree(it, offer.port));
    if (claimed !== undefined) this.#byName.delete(claimed.name);
    return claimed;
  }

  rest(): Iterable<Database> {
    return this.#byName.values();
  }

  #isFree(database: Database, port: number): boolean {
    return this.#byName.has(database.name) && namesPort(database.name, port);
  }
}

/**
 * The first name that nobody has, or who holds the one we want most. A name that another environment's
 * sidecar took is side-stepped; one that a stranger took is a conflict.
 */
function firstFree(
  candidates: readonly string[],
  taken: ReadonlyMap<string, Resource>,
  environment: string,
): { name: string } | { holder: Resource } {
  let first: Resource | undefined;
  for (const name of candidates) {
    const holder = taken.get(name);
    if (holder === undefined) return { name };
    first ??= holder;
    if (!isOfAnotherEnvironment(holder, environment)) break;
  }
  if (first === undefined) throw new RangeError('a resource needs at least one name');
  return { holder: first };
}

function correction(
  current: Resource,
  resource: Resource,
  { leaseMs }: Desired,
  of?: { readonly cloneId: string; readonly owners: PortOwners },
): PlannedChange[] {
  const fields = diff(current, resource, leaseMs);
  if (fields.length === 0) return [];
  const isMisleading = of !== undefined && current.kind === 'db' && misleads(current, of.owners);
  const isRenewal = fields.every(({ field }) => field === EXPIRES);
  const reason = isMisleading ? 'port-taken' : isRenewal ? 'lease' : 'drift';
  return [planned({ action: 'update', resource, current }, reason, of?.cloneId, fields)];
}

function retirement(current: Database, desired: Desired, owners: PortOwners): PlannedChange[] {
  const cloneId = cloneIdOf(current);
  if (misleads(current, owners)) return [planned({ action: 'delete', current }, 'port-taken', cloneId)];
  if (desired.kept.has(cloneId)) return [];
  const offer = desired.offers.get(cloneId);
  if (offer === undefined) return [planned({ action: 'delete', current }, 'gone', cloneId)];
  const reason = namesPort(current.name, offer.port) ? 'duplicate' : 'moved';
  return [planned({ action: 'delete', current }, reason, cloneId)];
}

/** Which ready clone answers at a port; undefined for a port that two of them claim. */
type PortOwners = ReadonlyMap<number, string | undefined>;

function portOwners(desired: Desired): PortOwners {
  return new Map<number, string | undefined>([
    ...[...desired.offers.values()].map((offer) => [offer.port, offer.cloneId] as const),
    ...[...desired.disputedPorts].map((port) => [port, undefined] as const),
  ]);
}

/** The port alone decides: an address that names this host differently still leads to the same clone. */
function misleads(database: Database, owners: PortOwners): boolean {
  const port = portOf(database.uri);
  return port !== undefined && owners.has(port) && owners.get(port) !== cloneIdOf(database);
}

function planApp(
  desired: Desired,
  actual: readonly App[],
  environment: string,
): Pick<Plan, 'changes' | 'conflicts'> {
  const { app: wanted } = desired;
  const ours = actual.filter((app) => isOurs(app, environment)).sort(byName);
  const candidates =
    wanted === undefined ? [] : [...new Set([appName(environment), hashedAppName(environment)])];
  const current = candidates.flatMap((name) => ours.find((app) => app.name === name) ?? [])[0];
  const surplus = ours
    .filter((app) => app !== current)
    .map((app) =>
      planned({ action: 'delete', current: app }, wanted ? 'duplicate' : 'not-wanted', undefined),
    );
  if (wanted === undefined) return { changes: surplus, conflicts: [] };
  if (current !== undefined) {
    const changes = correction(current, { ...wanted, name: current.name }, desired);
    return { changes: [...changes, ...surplus], conflicts: [] };
  }
  const place = firstFree(candidates, new Map(actual.map((app) => [app.name, app])), environment);
  if ('holder' in place) {
    return { changes: surplus, conflicts: [{ key: APP_KEY, cloneId: undefined, holder: place.holder }] };
  }
  const creation = planned({ action: 'create', resource: { ...wanted, name: place.name } }, 'new', undefined);
  return { changes: [creation, ...surplus], conflicts: [] };
}

/** A registration of ours without the label is nobody's: the empty id is no clone's. */
function cloneIdOf({ labels }: Database): string {
  return labels[LABEL.cloneId] ?? '';
}

function isDatabase(resource: Resource): resource is Database {
  return resource.kind === 'db';
}

function isApp(resource: Resource): resource is App {
  return resource.kind === 'app';
}

function byName(a: Resource, b: Resource): number {
  return compare(a.name, b.name);
}

function byCloneId(a: Offer, b: Offer): number {
  return compare(a.cloneId, b.cloneId);
}
