const UNITS = ['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB', 'EiB'];

/**
 * A number of bytes in words, to the letter as the original CLI has it: `0 B`, `1.0 GiB`, `28 GiB`. One
 * digit behind the point below ten, none from there on; halves go to the even digit.
 */
export function humanBytes(bytes: number): string {
  if (bytes < 10) return `${bytes} B`;
  let whole = bytes;
  let rest = 0;
  let unit = 0;
  while (whole >= 1024 && unit < UNITS.length - 1) {
    rest = whole % 1024;
    whole = Math.floor(whole / 1024);
    unit++;
  }
  const value = whole + rest / 1024;
  const shown = value < 10 ? (halfToEven(value * 10) / 10).toFixed(1) : String(halfToEven(value));
  return `${shown} ${UNITS[unit]}`;
}

function halfToEven(value: number): number {
  const rounded = Math.round(value);
  return value % 1 === 0.5 && rounded % 2 === 1 ? rounded - 1 : rounded;
}
