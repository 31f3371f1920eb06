import Table from 'cli-table3';

export interface Row {
  readonly clone: string;
  readonly state: string;
  readonly port: string;
  /** Name of the registration that people see in Teleport, where there is one. */
  readonly registration: string | undefined;
}

/** Frames and colours off: the table is redrawn in place and must have the width it seems to have. */
const PLAIN = {
  chars: { mid: '', 'left-mid': '', 'mid-mid': '', 'right-mid': '' },
  style: { head: [], border: [] },
};

/** Clones beside their registrations, at most `rows` of them, for a terminal. */
export function liveTable(all: readonly Row[], rows: number): string {
  const table = new Table({ head: ['Clone', 'State', 'Port', 'In Teleport as'], ...PLAIN });
  for (const row of all.slice(0, rows)) table.push([row.clone, row.state, row.port, row.registration ?? '-']);
  const more = all.length > rows ? `\n… and ${all.length - rows} more` : '';
  const registered = all.filter((row) => row.registration !== undefined).length;
  return `${table.toString()}${more}\n${all.length} clones, ${registered} in Teleport`;
}

/** Clones, and registrations whose clone is gone, as rows: by name, so that they keep their places. */
export function rowsOf(
  clones: readonly { readonly id: string; readonly state: string; readonly port: string }[],
  visible: ReadonlySet<string>,
  nameOf: (clone: { readonly id: string; readonly port: string }) => string,
): Row[] {
  const names = new Set<string>();
  const rows = clones.map(({ id, state, port }): Row => {
    const name = nameOf({ id, port });
    names.add(name);
    return { clone: id, state, port, registration: visible.has(name) ? name : undefined };
  });
  const leftovers = [...visible].filter((name) => !names.has(name));
  const rest = leftovers.map((name): Row => ({ clone: '-', state: 'gone', port: '-', registration: name }));
  return [...rows, ...rest].sort((a, b) => (`${a.clone}` < `${b.clone}` ? -1 : 1));
}
