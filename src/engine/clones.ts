import { z } from 'zod';
import { clonePath } from './clone-path.ts';
import type { Requests } from './requests.ts';

/*
 * Clones as the Engine's own documents, for the commands that show all of what the Engine says. The
 * sidecar reads less, and stricter (clone.ts).
 */

export type CloneDocument = z.output<typeof cloneDocument>;

const cloneDocument = z.looseObject({
  id: z.string(),
  branch: z.string().nullish(),
  createdAt: z.string().nullish(),
  status: z.looseObject({ code: z.string(), message: z.string().nullish() }),
  snapshot: z.looseObject({ id: z.string() }).nullish(),
  db: z
    .looseObject({
      connStr: z.string().nullish(),
      port: z.union([z.string(), z.number()]).nullish(),
      username: z.string().nullish(),
      dbName: z.string().nullish(),
    })
    .nullish(),
});

const instanceDocument = z.object({ cloning: z.object({ clones: z.array(cloneDocument).nullable() }) });

export function readClone(
  id: string,
  { read, place }: Requests,
  signal: AbortSignal,
): Promise<CloneDocument> {
  return read({ method: 'GET', path: clonePath(id, place) }, cloneDocument, signal);
}

/** Every clone of the Engine, newest first. */
export async function readClones({ read }: Requests, signal: AbortSignal): Promise<CloneDocument[]> {
  const { cloning } = await read({ method: 'GET', path: '/status' }, instanceDocument, signal);
  return cloning.clones ?? [];
}
