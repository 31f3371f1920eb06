export function distance(roundTripMs: number): string {
  return roundTripMs === 0 ? '' : `, ${roundTripMs} ms round trip`;
}
