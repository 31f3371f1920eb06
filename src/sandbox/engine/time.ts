/** Times as the Engine writes them. */

export function wholeSeconds(time: number): string {
  return new Date(time).toISOString().replace(/\.\d+Z$/, 'Z');
}

/** 14 digits, as in the ids of snapshots. */
export function stamp(time: number): string {
  return wholeSeconds(time).replace(/\D/g, '');
}
