import type { StepId } from '../setup/step.ts';
import type { Site } from '../site/site.ts';

/**
 * One fact about a host or a cluster that has to hold. `inspect` changes nothing; an `EngineError`, a
 * `TeleportError` or a `YamlError` that it throws is a finding too, told by its own sentence.
 */
export interface Check {
  readonly id: string;
  /** The promise that it holds, as a sentence. */
  readonly title: string;
  /** Checks before this one that name the cause where they fail: then this one is skipped. */
  readonly needs?: readonly string[];
  /** The step of setup that mends it. */
  readonly fix?: StepId;
  readonly inspect: (site: Site) => Promise<Finding>;
}

export type Verdict = 'pass' | 'warn' | 'fail' | 'skipped';

export interface Finding {
  readonly verdict: Verdict;
  /** What was seen; of a skipped check, why it was. One sentence or several, never a secret. */
  readonly evidence: string;
  /** What to do about it. */
  readonly cure?: string;
}

export const pass = (evidence: string): Finding => ({ verdict: 'pass', evidence });
export const skip = (evidence: string): Finding => ({ verdict: 'skipped', evidence });
export const warn = (evidence: string, cure: string): Finding => ({ verdict: 'warn', evidence, cure });
export const fail = (evidence: string, cure: string): Finding => ({ verdict: 'fail', evidence, cure });
