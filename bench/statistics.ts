/** The value that this share of the others does not exceed, by nearest rank. */
export function percentile(values: readonly number[], share: number): number | undefined {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)];
}

/** Undefined unless every value is there: what failed once has no median. */
export function median(values: readonly (number | undefined)[]): number | undefined {
  const known = values.filter((it) => it !== undefined);
  return known.length < values.length ? undefined : percentile(known, 0.5);
}
