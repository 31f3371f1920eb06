import { z } from 'zod';
import { weakness } from './password.ts';
import { badRequest } from './refusal.ts';

/** What somebody asks for with `POST /clone`. */
export interface CloneOrder {
  readonly id: string;
  readonly username: string;
  readonly password: string;
  readonly dbName: string;
  readonly restricted: boolean;
  readonly branch: string;
  readonly snapshotId: string;
  readonly protected: boolean;
  readonly protectionDurationMinutes: number | undefined;
  readonly settings: Readonly<Record<string, string>>;
  /** E-mail of the person behind the request; empty unless the Engine binds clones to users. */
  readonly owner: string;
}

const text = z
  .string()
  .nullish()
  .transform((value) => value ?? '');
const flag = z
  .boolean()
  .nullish()
  .transform((value) => value ?? false);

/** Go matches the keys of JSON objects without regard to case. */
function looseObject<Shape extends z.core.$ZodLooseShape>(shape: Shape) {
  return z.preprocess((value) => {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
    return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key.toLowerCase(), inner]));
  }, z.object(shape));
}

const bodySchema = looseObject({
  id: text,
  protected: flag,
  protectiondurationminutes: z.int().min(0).nullish(),
  db: looseObject({ username: text, password: text, restricted: flag, db_name: text }).nullish(),
  snapshot: looseObject({ id: text }).nullish(),
  extra_conf: z.record(z.string(), z.string()).nullish(),
  branch: text,
});

/** The first two checks of the Engine: JSON of the right types, then a `db` part. Throws a `Refusal`. */
export function readOrder(body: string, owner: string): CloneOrder {
  const parsed = bodySchema.safeParse(parseJson(body));
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    throw badRequest(`json: cannot unmarshal ${issue?.path.join('.') || 'the body'}: ${issue?.message}`);
  }
  const { data } = parsed;
  if (!data.db) throw badRequest('missing both DB username and password');
  return {
    id: data.id,
    username: data.db.username,
    password: data.db.password,
    dbName: data.db.db_name,
    restricted: data.db.restricted,
    branch: data.branch,
    snapshotId: data.snapshot?.id ?? '',
    protected: data.protected,
    protectionDurationMinutes: data.protectiondurationminutes ?? undefined,
    settings: data.extra_conf ?? {},
    owner,
  };
}

/** The checks that follow, in the Engine's order; the snapshot and a duplicate id come after them. Throws a `Refusal`. */
export function checkOrder(order: CloneOrder): void {
  if (order.username === '') throw badRequest('missing DB username');
  if (order.password === '') throw badRequest('missing DB password');
  if (order.id !== '' && !/^[a-zA-Z0-9][a-zA-Z0-9_.-]*$/.test(order.id)) {
    throw badRequest(
      'clone ID must start with a letter or number and can only contain letters, numbers, underscores, periods, and hyphens',
    );
  }
  const complaint = weakness(order.password);
  if (complaint !== undefined) throw badRequest(`password validation: ${complaint}`);
}

export function parseJson(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch (error) {
    throw badRequest(error instanceof Error ? error.message : String(error));
  }
}
