/**
 * A controller that is aborted when one of the signals is, until it lets go of them. `AbortSignal.any` would
 * do, but on Node 20 every use of it leaves something behind in a signal that lives as long as the process.
 */
export interface Follower {
  readonly controller: AbortController;
  letGo(): void;
}

export function follow(...signals: readonly (AbortSignal | undefined)[]): Follower {
  const controller = new AbortController();
  const releases: (() => void)[] = [];
  for (const signal of signals) {
    if (signal === undefined) continue;
    const pass = () => controller.abort(signal.reason);
    if (signal.aborted) pass();
    signal.addEventListener('abort', pass, { once: true });
    releases.push(() => signal.removeEventListener('abort', pass));
  }
  return { controller, letGo: () => releases.splice(0).forEach((release) => void release()) };
}
