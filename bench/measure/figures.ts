import type { Subject } from '../subject.ts';

/** What was measured, by what it is; undefined for what did not come about. */
export type Figures = Readonly<Record<string, number | undefined>>;

/** One thing that is measured, on a subject that is started for it. */
export interface Measurement {
  readonly name: string;
  /** Some take minutes: those are asked for. */
  readonly takesLong?: boolean;
  /** Whether a program with no more than the guide's flags can be measured as well. */
  readonly needsOurFlags?: boolean;
  run(subject: Subject): Promise<Figures>;
}

/** How long anything may take before it counts as not having come about. */
export const PATIENCE_MS = 120_000;
