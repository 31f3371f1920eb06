import { z } from 'zod';
import { cloneSchema } from './clone.ts';
import type { EngineReading } from './engine.ts';

/**
 * The Engine's `/status`, as far as we need it. One clone that cannot be read refuses the whole: a clone
 * that silently went missing here would be removed from Teleport. For the same reason the count beside
 * the list must agree with it, and `null` is a list only where nothing is counted.
 */
export const instanceSchema = z
  .object({
    engine: z
      .object({
        version: z.string().nullish(),
        edition: z.string().nullish(),
        instanceID: z.string().nullish(),
      })
      .nullish(),
    cloning: z
      .object({ numClones: z.number().nullish(), clones: z.array(cloneSchema).nullable() })
      .refine(
        ({ numClones, clones }) => (numClones ?? clones?.length) === (clones?.length ?? 0),
        'the list of clones is missing, or not as long as the count beside it says',
      ),
  })
  .transform(
    ({ engine, cloning }): EngineReading => ({
      clones: cloning.clones ?? [],
      edition: engine?.edition ?? '',
      version: engine?.version ?? '',
      instanceId: engine?.instanceID ?? '',
    }),
  );
