import fc from 'fast-check';

/** What can happen; named several times: so much more often. */
export const HAPPENINGS = [
  ...['create', 'create', 'create', 'destroy', 'destroy', 'reset', 'replace', 'replace'],
  ...[
    'webhooks deliver',
    'webhooks lose',
    'webhooks late',
    'webhooks double',
    'forge create',
    'forge delete',
  ],
  ...['engine down', 'engine up', 'engine slow', 'engine forgets', 'engine remembers'],
  ...['teleport down', 'teleport up', 'teleport slow', 'teleport lags', 'stream cut'],
  ...['identity expires', 'identity renewed', 'role denies'],
  ...['stranger relabels', 'stranger repoints', 'stranger removes', 'stranger takes name'],
  ...['sidecar killed', 'second sidecar', 'second sidecar ends'],
] as const;

const ORDINARY: readonly string[] = ['create', 'destroy', 'reset', 'replace', 'webhooks deliver'];

/** Whether a step is one that should not happen. */
export function isFault({ what }: Step): boolean {
  return !ORDINARY.includes(what);
}

export type What = (typeof HAPPENINGS)[number];

export interface Step {
  /** Milliseconds before it. */
  readonly after: number;
  readonly what: What;
  readonly id: string;
}

export interface History {
  /** Of the virtual clock's chance. */
  readonly seed: number;
  /** Whether Teleport can be watched, as by its API. */
  readonly isWatchable: boolean;
  readonly steps: readonly Step[];
}

/** Few clones, so that ports and names pass between them. */
export const IDS = ['a', 'b', 'c_c', 'd', 'e'];

const step: fc.Arbitrary<Step> = fc.record({
  after: fc.constantFrom(0, 0, 10, 100, 450, 700, 2_000, 10_000, 30_000, 70_000),
  what: fc.constantFrom(...HAPPENINGS),
  id: fc.constantFrom(...IDS),
});

export const history: fc.Arbitrary<History> = fc.record({
  // A smaller seed makes no simpler history.
  seed: fc.noShrink(fc.nat()),
  isWatchable: fc.noShrink(fc.boolean()),
  steps: fc.array(step, { minLength: 3, maxLength: 30 }),
});

/** A history as a line to keep: the milliseconds before each step, what it is, and to which clone. */
export function written({ seed, isWatchable, steps }: History): string {
  const told = steps.map(({ after, what, id }) => `${after} ${what} ${id}`).join(', ');
  return `${isWatchable ? 'watched' : 'polled'} ${seed}: ${told}`;
}

/** What `written` writes. */
export function readHistory(line: string): History {
  const [head = '', told = ''] = line.split(': ');
  const [how, seed] = head.split(' ');
  const steps = told.split(', ').map((step) => {
    const [after, ...words] = step.split(' ');
    return { after: Number(after), what: words.slice(0, -1).join(' ') as What, id: words.at(-1) ?? '' };
  });
  return { seed: Number(seed), isWatchable: how === 'watched', steps };
}
