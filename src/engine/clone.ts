import { z } from 'zod';

/**
 * A thin PostgreSQL clone as the Engine lists it. `port` is undefined until the clone has one
 * (the API sends `""` while it is created), `owner` where the engine binds no clones to users.
 */
export interface Clone {
  readonly id: string;
  /** `OK`, `WARNING`, `EXPORTING`, `CREATING`, `RESETTING`, `DELETING`, `FATAL`, or a word we do not know. */
  readonly status: string;
  readonly message: string;
  readonly port: number | undefined;
  readonly user: string;
  readonly dbName: string;
  readonly owner: string | undefined;
  readonly createdAt: string | undefined;
}

/** `""` until the clone has a port. Anything else that is no port is an error: a ready clone must not lose its port quietly. */
const port = z
  .union([z.string(), z.number()])
  .transform((value) => Number(value))
  .pipe(z.int().min(0).max(65535))
  .transform((value) => (value === 0 ? undefined : value));

/** One clone object of the Engine's API, read leniently: only the id and the status code are demanded, and a port that is one. */
export const cloneSchema = z
  .object({
    id: z.string().min(1),
    createdAt: z.string().nullish(),
    status: z.object({ code: z.string(), message: z.string().nullish() }),
    db: z
      .object({
        port: port.nullish(),
        username: z.string().nullish(),
        dbName: z.string().nullish(),
        ownerUser: z.string().nullish(),
      })
      .nullish(),
  })
  .transform(
    (raw): Clone => ({
      id: raw.id,
      status: raw.status.code,
      message: raw.status.message ?? '',
      port: raw.db?.port ?? undefined,
      user: raw.db?.username ?? '',
      dbName: raw.db?.dbName ?? '',
      owner: raw.db?.ownerUser || undefined,
      createdAt: raw.createdAt || undefined,
    }),
  );
