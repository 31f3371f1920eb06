import type { Clock } from '../../lib/clock.ts';
import { type CloneRecord, statusOf } from './clone.ts';
import type { CloneDatabases } from './database.ts';
import type { Ports } from './ports.ts';

export type CloneEventType = 'clone_create' | 'clone_reset' | 'clone_delete';

export interface CloneWorld {
  readonly ports: Ports;
  readonly databases: CloneDatabases | undefined;
  /** How long a creation, a reset or a removal takes where no database does the work. */
  readonly workMs: number;
  readonly clock: Clock;
  /** Aborted: the work that is only a wait ends at once. */
  readonly closing: AbortSignal;
  readonly emit: (type: CloneEventType, clone: CloneRecord) => void;
}

/** The background part of an order. Each rejects with what a FATAL clone gives as its reason. */
export interface Steps {
  /** The event comes last: whoever asks on its arrival sees the clone OK. */
  bringUp(clone: CloneRecord): Promise<void>;
  bringBack(clone: CloneRecord, moved: boolean): Promise<void>;
  /** The port is free before `forget` is called, and the event comes after that. */
  takeDown(clone: CloneRecord, forget: () => void): Promise<void>;
}

export function openSteps({ ports, databases, workMs, clock, closing, emit }: CloneWorld): Steps {
  async function startDatabase({ order }: CloneRecord, port: number): Promise<void> {
    const { username, password, dbName, restricted, settings } = order;
    if (databases === undefined) await clock.sleep(workMs, closing);
    else await databases.start({ port, username, password, dbName, restricted, settings });
  }

  async function stopDatabase(port: number): Promise<void> {
    if (databases === undefined) await clock.sleep(workMs, closing);
    else await databases.stop(port);
  }

  return {
    async bringUp(clone) {
      const port = await ports.take();
      try {
        await startDatabase(clone, port);
      } catch (error) {
        await stopDatabase(port);
        ports.free(port);
        throw error;
      }
      clone.port = port;
      clone.cloningSeconds = (clock.now() - clone.createdAt) / 1000;
      clone.status = statusOf('OK');
      emit('clone_create', clone);
    },

    async bringBack(clone, moved) {
      const { port } = clone;
      if (port === undefined) return;
      const next = moved ? await ports.take() : port;
      await stopDatabase(port);
      if (moved) ports.free(port);
      clone.port = next;
      await startDatabase(clone, next);
      if (clone.status.code === 'RESETTING') clone.status = statusOf('OK');
      emit('clone_reset', clone);
    },

    async takeDown(clone, forget) {
      if (clone.port === undefined) return;
      await stopDatabase(clone.port);
      ports.free(clone.port);
      forget();
      emit('clone_delete', clone);
    },
  };
}
