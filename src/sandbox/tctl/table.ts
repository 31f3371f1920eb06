/** A table as tctl prints it: columns padded with blanks, the headings underlined, no frame. */
export function asciiTable(headings: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = headings.map((heading, column) =>
    Math.max(heading.length, ...rows.map((row) => row[column]?.length ?? 0)),
  );
  const line = (cells: readonly string[]) =>
    `${cells.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(' ')} \n`;
  return [headings, headings.map((_, column) => '-'.repeat(widths[column] ?? 0)), ...rows].map(line).join('');
}
