import type { CallOptions, Client } from '@connectrpc/connect';
import { type CallSettings, explainCall } from './api-explain.ts';
import type { Session } from './api-session.ts';
import { Turns } from './api-turns.ts';
import type { AuthService } from './gen/auth_pb.ts';
import type { Change } from './teleport.ts';

export type Ask<T> = (client: Client<typeof AuthService>, options: CallOptions) => Promise<T>;

export interface About {
  readonly signal: AbortSignal;
  /** The change that is asked for, if it is one. */
  readonly change?: Change;
}

/** Makes calls, so many at a time, each with a deadline and an explanation. */
export class Calls {
  readonly #turns: Turns;
  readonly #settings: CallSettings;

  constructor(most: number, settings: CallSettings) {
    this.#turns = new Turns(most);
    this.#settings = settings;
  }

  /** Rejects with a `TeleportError`, or with the signal's reason. */
  async make<T>(session: Session, ask: Ask<T>, { signal, change }: About): Promise<T> {
    const end = await this.#turns.take(signal);
    try {
      return await ask(session.client, { signal, timeoutMs: this.#settings.timeoutMs });
    } catch (error) {
      signal.throwIfAborted();
      throw explainCall(error, this.#settings, { change, lost: session.failure });
    } finally {
      end();
    }
  }
}
