import { readFile, rm, writeFile } from 'node:fs/promises';
import type { SandboxEngine } from '../../../src/sandbox/engine/engine.ts';
import type { SandboxTeleport } from '../../../src/sandbox/teleport/teleport.ts';
import type { World } from '../world.ts';
import type { Disk } from './disk.ts';

/** Where things go wrong. */
export interface Scene {
  readonly world: World;
  readonly disk: Disk | undefined;
  /** Kills the sidecar, unless it is to live on; resolves when the next one listens. */
  readonly restart: () => Promise<boolean>;
}

/** Something that is wrong from when this is called until what it answers with is; undefined where it cannot be. */
export type Trouble = (scene: Scene) => Promise<Mend | undefined>;
type Mend = () => Promise<unknown> | unknown;

const engine =
  (change: (engine: SandboxEngine) => unknown): Trouble =>
  async ({ world }) => {
    await change(world.engine);
    return async () => {
      world.engine.faults.answers = 'ok';
      world.engine.faults.webhooks = 'deliver';
      await world.engine.start();
    };
  };

const answers = (fault: SandboxEngine['faults']['answers']) =>
  engine(({ faults }) => {
    faults.answers = fault;
  });

const webhooks = (fault: SandboxEngine['faults']['webhooks']) =>
  engine(({ faults }) => {
    faults.webhooks = fault;
  });

const teleport =
  (change: (teleport: SandboxTeleport) => unknown): Trouble =>
  async ({ world }) => {
    await change(world.teleport);
    return async () => {
      world.teleport.setFault(undefined);
      await world.teleport.start();
    };
  };

const fault = (is: Parameters<SandboxTeleport['setFault']>[0]) => teleport((it) => it.setFault(is));

/** Whatever became of the identity, tbot writes the next one. */
const identity =
  (change: (world: World) => Promise<unknown>): Trouble =>
  async ({ world }) => {
    await change(world);
    return () => world.teleport.issueIdentity({ file: world.identity });
  };

/** By where they happen: of each place one at a time, of different ones together. */
export const TROUBLES: Readonly<Record<string, Readonly<Record<string, Trouble>>>> = {
  engine: {
    'Engine stopped': engine((it) => it.stop()),
    'Engine hung': answers('hang'),
    'Engine slow': answers({ slowMs: 1_000 }),
    'Engine answering 500': answers('error-500'),
    'Engine answering half': answers('cut-off'),
    'Engine behind a page of HTML': answers('html'),
    'Engine refusing the token': answers('unauthorized'),
    'webhooks lost': webhooks('drop'),
    'webhooks doubled': webhooks('double'),
    'webhooks reversed': webhooks('swap'),
    'webhooks late': webhooks({ delayMs: 2_000 }),
  },
  teleport: {
    'Teleport stopped': teleport((it) => it.stop()),
    'Teleport hung': fault({ kind: 'hang' }),
    'Teleport slow': fault({ kind: 'slow', ms: 1_000 }),
    'Teleport refusing': fault({ kind: 'refuse', text: 'internal error' }),
    'Teleport hanging up in the middle of writes': fault({ kind: 'drop', afterDocuments: 2 }),
    'Teleport showing writes late': teleport((it) => it.setCacheLag({ minMs: 1_000, maxMs: 3_000 })),
  },
  host: {
    'sidecar killed': async ({ restart }) => ((await restart()) ? () => {} : undefined),
    'identity renewed': identity((world) => world.teleport.issueIdentity({ file: world.identity })),
    'identity half-written': identity(async ({ identity: file }) => {
      const whole = await readFile(file, 'utf8');
      await writeFile(file, whole.slice(0, whole.length / 2));
    }),
    'identity expired': identity((world) =>
      world.teleport.issueIdentity({ file: world.identity, ttlMs: -60_000 }),
    ),
    'identity gone': identity(({ identity: file }) => rm(file)),
    'disk full': async ({ disk }) => {
      await disk?.fill();
      return disk?.free;
    },
  },
};
