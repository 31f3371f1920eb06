import { type CloneDocument, readClone } from '../../engine/clones.ts';
import { EngineError } from '../../engine/error.ts';
import type { OpenEngine } from '../engine/connection.ts';
import { Failure, type Run } from '../host.ts';
import { waitFor } from '../wait.ts';

export interface Watched {
  readonly id: string;
  /** What is waited for, as in "Waiting for clone c1 to be ready". */
  readonly what: string;
  /** What is the matter when the time is up: "Clone c1 is not ready". */
  readonly unfinished: string;
  /** What the Engine does meanwhile, and how to see what became of it: whole sentences. */
  readonly goesOn: string;
}

/**
 * Looks at a clone each second until it has another status than `passing`; resolves with undefined when it
 * is gone. An Engine that cannot be reached for a while is waited for as well. Rejects with a `Failure`
 * when the time is up or the run is interrupted: what was ordered goes on without us.
 */
export async function watchClone(
  watched: Watched,
  passing: string,
  { requests, waitMs }: OpenEngine,
  run: Run,
): Promise<CloneDocument | undefined> {
  let silence: EngineError | undefined;
  const look = async (): Promise<{ clone: CloneDocument | undefined } | undefined> => {
    try {
      const clone = await readClone(watched.id, requests, run.signal);
      silence = undefined;
      return clone.status.code === passing ? undefined : { clone };
    } catch (error) {
      if (!(error instanceof EngineError)) throw error;
      if (error.code === 'not-found') return { clone: undefined };
      if (error.code !== 'unreachable' && error.code !== 'timeout') throw error;
      silence = error;
      return undefined;
    }
  };
  const seen = await waitFor(look, { what: watched.what, limitMs: waitMs, run }).catch((error: unknown) => {
    throw run.signal.aborted ? new Failure(`Interrupted. ${watched.goesOn}`) : error;
  });
  if (seen !== undefined) return seen.clone;
  const why = silence === undefined ? '' : ` ${silence.message}`;
  throw new Failure(
    `${watched.unfinished} after ${waitMs / 1_000} s.${why} ${watched.goesOn} --request-timeout waits longer.`,
  );
}
