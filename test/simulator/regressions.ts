import type { History } from './history.ts';

/** Histories in which a promise was broken once, as the simulator printed them. */
export const REGRESSIONS: readonly { readonly name: string; readonly past: History }[] = [];
