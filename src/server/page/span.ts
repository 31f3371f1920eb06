const UNITS = [
  [86_400_000, 'd'],
  [3_600_000, 'h'],
  [60_000, 'min'],
  [1_000, 's'],
] as const;

/** A stretch of time as people say it: its largest unit alone, `3 h`. */
export function span(ms: number): string {
  const length = Math.abs(ms);
  const [size, name] = UNITS.find(([unit]) => length >= unit) ?? [1_000, 's'];
  return `${Math.floor(length / size)} ${name}`;
}
