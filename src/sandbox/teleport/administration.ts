import { randomBytes } from 'node:crypto';
import { z } from 'zod';
import { grantsOf } from '../../teleport/role.ts';
import { Refusal } from './refusal.ts';
import type { Role } from './role.ts';

type Json = Readonly<Record<string, unknown>>;

/** What `tctl bots add` tells of a bot: as a user it has one role of its own, which only lets it act for others. */
export interface NewBot {
  readonly user_name: string;
  readonly role_name: string;
  readonly token_id: string;
  /** Nanoseconds. */
  readonly token_ttl: number;
}

/** Who may do what in a cluster. */
export interface Directory {
  readonly roles: Map<string, Role>;
  /** The roles of each user. */
  readonly users: Map<string, readonly string[]>;
}

const TOKEN_TTL_NS = 3_600_000_000_000;
const NOTHING: Role = { dbLabels: {}, appLabels: {}, rules: [] };

const userDocument = z.looseObject({
  metadata: z.looseObject({ name: z.string().min(1) }),
  spec: z.looseObject({ roles: z.array(z.string()) }),
});

/** Roles, users and bots of the stand-in cluster, for whoever may administer them. Every method throws a `Refusal`. */
export class Administration {
  readonly #directory: Directory;
  readonly #demand: (verb: string, resource: string) => void;

  constructor(directory: Directory, demand: (verb: string, resource: string) => void) {
    this.#directory = directory;
    this.#demand = demand;
  }

  role(name: string): Json {
    this.#demand('read', 'role');
    const role = this.#directory.roles.get(name);
    if (role === undefined) throw new Refusal('not-found', `role ${name} is not found`);
    return documentOf(name, role);
  }

  /** Takes effect at once, for identities that are out already as well. */
  putRole(document: Json, force: boolean): string {
    const { name, allow, deny } = readRole(document);
    const isThere = this.#directory.roles.has(name);
    this.#demand(isThere && force ? 'update' : 'create', 'role');
    if (isThere && !force) throw alreadyThere(`role "${name}" already exists`);
    const { rules, labels } = allow;
    this.#directory.roles.set(name, {
      ...{ rules, dbLabels: labels.db, appLabels: labels.app, document },
      deny: deny.rules,
    });
    return `role "${name}" has been created\n`;
  }

  user(name: string): Json {
    this.#demand('read', 'user');
    return { kind: 'user', version: 'v2', metadata: { name }, spec: { roles: this.rolesOf(name) } };
  }

  putUser(document: Json, force: boolean): string {
    const parsed = userDocument.safeParse(document);
    if (!parsed.success) throw new Refusal('invalid', 'missing parameter Name');
    const { name } = parsed.data.metadata;
    const isThere = this.#directory.users.has(name);
    this.#demand(isThere && force ? 'update' : 'create', 'user');
    if (isThere && !force) throw alreadyThere(`user "${name}" already exists`);
    for (const role of parsed.data.spec.roles) this.#needRole(role);
    this.#directory.users.set(name, parsed.data.spec.roles);
    return `user "${name}" has been ${isThere ? 'updated' : 'created'}\n`;
  }

  rolesOf(user: string): readonly string[] {
    const roles = this.#directory.users.get(user);
    if (roles === undefined) throw new Refusal('not-found', `user "${user}" not found`);
    return roles;
  }

  addBot(name: string, roles: readonly string[]): NewBot {
    this.#demand('create', 'bot');
    for (const role of roles) this.#needRole(role);
    const own = `bot-${name}`;
    if (this.#directory.users.has(own))
      throw new Refusal('exists', `cannot add bot: user "${own}" already exists`);
    this.#directory.roles.set(own, NOTHING);
    this.#directory.users.set(own, [own]);
    return this.#withToken(own);
  }

  addBotInstance(name: string): NewBot {
    this.#demand('create', 'token');
    this.rolesOf(`bot-${name}`);
    return this.#withToken(`bot-${name}`);
  }

  #withToken(own: string): NewBot {
    const token = randomBytes(16).toString('hex');
    return { user_name: own, role_name: own, token_id: token, token_ttl: TOKEN_TTL_NS };
  }

  #needRole(name: string): void {
    if (!this.#directory.roles.has(name)) throw new Refusal('not-found', `role ${name} is not found`);
  }
}

function readRole(document: Json): ReturnType<typeof grantsOf> {
  try {
    return grantsOf(document);
  } catch {
    throw new Refusal('invalid', 'the role cannot be read');
  }
}

function alreadyThere(text: string): Refusal {
  return new Refusal('exists', `use -f or --force flag to overwrite\n\t${text}`);
}

/** As it was written, or in the same form where it was there from the beginning. */
function documentOf(name: string, { document, dbLabels, appLabels, rules, deny = [] }: Role): Json {
  if (document !== undefined) return document;
  const allow = { db_labels: dbLabels, app_labels: appLabels, rules };
  return { kind: 'role', version: 'v7', metadata: { name }, spec: { allow, deny: { rules: deny } } };
}
