/** How the stand-in Engine misbehaves. Set a field at any time: it holds for what comes after. */
export interface Faults {
  /** `cut-off` breaks the connection in the middle of the answer, `empty-clones` hides every clone. */
  answers:
    | 'ok'
    | 'error-500'
    | 'html'
    | 'cut-off'
    | 'empty-clones'
    | 'hang'
    | 'unauthorized'
    | { readonly slowMs: number };
  /** `swap` turns pairs of events around: the first is sent when the second was answered. */
  webhooks: 'deliver' | 'drop' | 'double' | 'swap' | { readonly delayMs: number };
}

export function noFaults(): Faults {
  return { answers: 'ok', webhooks: 'deliver' };
}
