/** Teleport and the Engine as they are, with every call timed. */
import type { Clock } from '../lib/clock.ts';
import type { World } from '../sync/pass.ts';
import type { Metrics } from './metrics.ts';

/** What is asked of the world, told to the metrics. */
export function timed(world: World, metrics: Pick<Metrics, 'teleportCall' | 'engineCall'>): World {
  const { teleport, clones, clock } = world;
  const call = <T>(name: string, made: () => Promise<T>) =>
    measure(made, clock, (outcome, ms) =>
      metrics.teleportCall({ call: name, transport: teleport.transport, outcome }, ms),
    );
  const { watch, served } = teleport;
  return {
    ...world,
    clones: (signal) =>
      measure(
        () => clones(signal),
        clock,
        (outcome, ms) => metrics.engineCall(outcome, ms),
      ),
    teleport: {
      get transport() {
        return teleport.transport;
      },
      list: (signal) => call('list', () => teleport.list(signal)),
      apply: (changes, signal) => call('apply', () => teleport.apply(changes, signal)),
      ...(watch && { watch: (signal: AbortSignal) => watch(signal) }),
      ...(served && { served: (signal?: AbortSignal) => call('served', () => served(signal)) }),
      close: () => teleport.close(),
    },
  };
}

async function measure<T>(
  made: () => Promise<T>,
  clock: Clock,
  tell: (outcome: string, ms: number) => void,
): Promise<T> {
  const started = clock.now();
  try {
    const result = await made();
    tell('ok', clock.now() - started);
    return result;
  } catch (error) {
    tell(error instanceof Error && 'code' in error ? String(error.code) : 'failed', clock.now() - started);
    throw error;
  }
}
