import http from 'node:http';
import https from 'node:https';
import type { Clock } from '../../lib/clock.ts';
import type { Faults } from './faults.ts';

/** An entry of `webhooks.hooks` in server.yml. */
export interface Webhook {
  readonly url: string;
  /** Empty: no token header is sent at all. */
  readonly secret: string;
  /** Names of events; unknown ones never fire. */
  readonly trigger: readonly string[];
}

export interface EngineEvent {
  readonly event_type: string;
  readonly entity_id: string;
}

/**
 * The Engine's webhooks: each event goes once to each hook that wants it, all at the same time, so they
 * arrive in any order. No retry, no time limit, and nobody looks at the answer.
 */
export interface Webhooks {
  set(hooks: readonly Webhook[]): void;
  emit(event: EngineEvent): void;
  /** Lets go of idle connections. */
  close(): void;
}

interface Delivery {
  readonly hook: Webhook;
  readonly body: string;
}

/** `closing` cuts off what is under way. */
export function openWebhooks(faults: Faults, clock: Clock, closing: AbortSignal): Webhooks {
  const agents = {
    'http:': new http.Agent({ keepAlive: true, maxFreeSockets: 2 }),
    'https:': new https.Agent({ keepAlive: true, maxFreeSockets: 2 }),
  };
  let hooks: readonly Webhook[] = [];
  let held: (() => void) | undefined;

  async function deliver(delivery: Delivery): Promise<void> {
    const mode = faults.webhooks;
    if (mode === 'drop') return;
    if (mode === 'swap' && held === undefined) {
      await new Promise<void>((resolve) => {
        held = resolve;
      });
      return post(delivery);
    }
    const release = held;
    held = undefined;
    if (typeof mode === 'object') await clock.sleep(mode.delayMs, closing);
    await (mode === 'double' ? Promise.all([post(delivery), post(delivery)]) : post(delivery));
    release?.();
  }

  /** Resolves whatever becomes of the request. */
  function post({ hook, body }: Delivery, repeated = false): Promise<void> {
    const url = new URL(hook.url);
    const secure = url.protocol === 'https:';
    return new Promise((resolve) => {
      const request = (secure ? https : http).request(url, {
        method: 'POST',
        agent: secure ? agents['https:'] : agents['http:'],
        headers: headersOf(hook, body),
        signal: closing,
      });
      request.on('response', (response) => response.resume().on('close', resolve));
      request.on('error', () => {
        // A kept connection that the other side had closed: Go's client sends again, once.
        const stale = request.reusedSocket && !repeated && !closing.aborted;
        resolve(stale ? post({ hook, body }, true) : undefined);
      });
      request.end(body);
    });
  }

  return {
    set(next) {
      hooks = next.filter(({ url }) => URL.canParse(url) && /^https?:/.test(url));
    },
    emit(event) {
      const body = JSON.stringify(event);
      for (const hook of hooks) if (hook.trigger.includes(event.event_type)) void deliver({ hook, body });
    },
    close() {
      for (const agent of Object.values(agents)) agent.destroy();
    },
  };
}

function headersOf(hook: Webhook, body: string): http.OutgoingHttpHeaders {
  return {
    'User-Agent': 'Go-http-client/1.1',
    'Content-Length': Buffer.byteLength(body),
    'Content-Type': 'application/json',
    ...(hook.secret === '' ? {} : { 'DBLab-Webhook-Token': hook.secret }),
    'Accept-Encoding': 'gzip',
  };
}
