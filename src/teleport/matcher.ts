/** Labels as roles and agents ask for them: each key with the values that will do. Pure. */
import type { Labels } from './resource.ts';

export type LabelMatcher = Readonly<Record<string, readonly string[]>>;

/**
 * Whether all labels that the matcher names are there with a value that fits. No labels at all match nothing, and
 * `*: *` matches everything, whatever stands beside it.
 */
export function matchesLabels(matcher: LabelMatcher, labels: Labels): boolean {
  const wanted = Object.entries(matcher);
  if (wanted.length === 0) return false;
  if (matcher['*']?.join() === '*') return true;
  return wanted.every(([key, values]) => {
    const value = labels[key];
    return value !== undefined && values.some((pattern) => fits(pattern, value));
  });
}

/** `*` stands for anything; what begins with `^` and ends with `$` is an expression, which only Teleport can read. */
function fits(pattern: string, value: string): boolean {
  if (/^\^.*\$$/s.test(pattern)) return true;
  if (!pattern.includes('*')) return pattern === value;
  const literal = pattern.split('*').map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'));
  return new RegExp(`^${literal.join('.*')}$`, 's').test(value);
}
