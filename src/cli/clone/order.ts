import { type CloneDocument, type CloneOrder, createClone, readClone } from '../../engine/clones.ts';
import { EngineError } from '../../engine/error.ts';
import type { Requests } from '../../engine/requests.ts';
import { printable } from '../../lib/printable.ts';
import { Failure, type Run } from '../host.ts';

/**
 * Orders a clone, once. Where the answer is lost the Engine is asked for the id before anything is said:
 * the clone may be there all the same. Resolves while it is still being made.
 */
export async function orderClone(order: CloneOrder, requests: Requests, run: Run): Promise<CloneDocument> {
  run.signal.throwIfAborted();
  try {
    return await createClone(order, requests, run.signal);
  } catch (error) {
    if (run.signal.aborted) {
      throw new Failure(`Interrupted before the Engine answered. ${maybe(order.id)}`);
    }
    if (error instanceof EngineError && error.answerLost) return lookFor(order, error, requests, run);
    throw error;
  }
}

async function lookFor(
  { id, username }: CloneOrder,
  lost: EngineError,
  requests: Requests,
  { signal, stderr }: Run,
): Promise<CloneDocument> {
  if (id === undefined) throw new Failure(`${lost.message} ${maybe(id)}`);
  const clone = await readClone(id, requests, signal).catch((error: unknown) => {
    if (signal.aborted) throw new Failure(`Interrupted before the Engine answered. ${maybe(id)}`);
    if (!(error instanceof EngineError)) throw error;
    throw new Failure(
      error.code === 'not-found'
        ? `${lost.message} There is no clone ${printable(id)} so far: look again before ordering it again (dblab clone status ${printable(id)}).`
        : `${lost.message} ${maybe(id)}`,
    );
  });
  if (clone.db?.username !== username) {
    throw new Failure(
      `${lost.message} There is a clone ${printable(id)}, but of another user: it is not the one that was ordered. Choose another --id.`,
    );
  }
  stderr.write(
    `The answer to the order was lost, but clone ${printable(id)} is there: going on with it. Should it have been there before, its password is the earlier one.\n`,
  );
  return clone;
}

function maybe(id: string | undefined): string {
  const clone = id === undefined ? 'The clone' : `Clone ${printable(id)}`;
  return `${clone} may have been created all the same: "dblab clone list" shows it, and "dblab clone destroy" removes it. The order was sent once.`;
}
