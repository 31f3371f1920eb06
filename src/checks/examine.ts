import { EngineError } from '../engine/error.ts';
import type { Site } from '../site/site.ts';
import { TeleportError } from '../teleport/error.ts';
import { YamlError } from '../yaml/error.ts';
import { type Check, type Finding, skip } from './check.ts';
import { CHECKS } from './list.ts';

/** A check with what it found. */
export interface Examined extends Finding {
  readonly id: string;
  readonly title: string;
  /** The check whose failure left nothing to see here. */
  readonly because?: string;
}

/**
 * Inspects the named checks (all, where none is named) in their order, telling of each as it is done. What
 * they need is inspected as well, and told of only where it fails. Rejects with the reason of the signal.
 */
export async function* examine(site: Site, only: ReadonlySet<string>): AsyncGenerator<Examined> {
  const causes = new Map<string, string>();
  const wanted = withNeeds(only);
  for (const check of CHECKS) {
    if (!wanted.has(check.id)) continue;
    const cause = (check.needs ?? []).map((need) => causes.get(need)).find((it) => it !== undefined);
    const finding = cause === undefined ? await inspect(check, site) : skip(`Because ${cause} failed.`);
    if (cause !== undefined) causes.set(check.id, cause);
    if (finding.verdict === 'fail') causes.set(check.id, check.id);
    const isAsked = only.size === 0 || only.has(check.id);
    const { id, title } = check;
    if (isAsked || finding.verdict === 'fail') {
      yield { id, title, ...finding, ...(cause !== undefined && { because: cause }) };
    }
  }
}

function withNeeds(only: ReadonlySet<string>): ReadonlySet<string> {
  if (only.size === 0) return new Set(CHECKS.map((check) => check.id));
  const wanted = new Set(only);
  for (const check of CHECKS.toReversed()) {
    if (wanted.has(check.id)) for (const need of check.needs ?? []) wanted.add(need);
  }
  return wanted;
}

async function inspect(check: Check, site: Site): Promise<Finding> {
  try {
    const finding = await check.inspect(site);
    site.signal.throwIfAborted();
    return finding;
  } catch (error) {
    site.signal.throwIfAborted();
    const isTold = [EngineError, TeleportError, YamlError].some((kind) => error instanceof kind);
    const message = error instanceof Error ? error.message : String(error);
    return { verdict: 'fail', evidence: isTold ? message : `This check failed by itself: ${message}` };
  }
}
