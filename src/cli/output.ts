import { type Command, Option } from 'commander';
import { printable } from '../lib/printable.ts';
import type { Run } from './host.ts';

const FORMATS = ['table', 'json', 'yaml'] as const;
type Format = (typeof FORMATS)[number];

/** What `--output` leaves; undefined unless it was given. */
export interface OutputFlag {
  readonly output?: Format;
}

/** A value, and how it reads as a table. */
export interface Shown {
  readonly value: unknown;
  readonly head: readonly string[];
  readonly rows: readonly (readonly unknown[])[];
  /** Stands above the table; whole lines. */
  readonly lead?: string;
  /** Said instead of a table that has no rows. */
  readonly empty: string;
}

export function addOutputFlag(command: Command, usually = 'a table on a terminal and JSON elsewhere'): void {
  command.addOption(new Option('-o, --output <FORMAT>', `${usually}, unless given`).choices(FORMATS));
}

/** Writes a result to stdout: a table where people read, JSON as the original prints it where programs do. */
export async function print(shown: Shown, command: Command, { stdout }: Pick<Run, 'stdout'>): Promise<void> {
  const { output } = command.opts<OutputFlag>();
  const format = output ?? (stdout.isTTY ? 'table' : 'json');
  stdout.write(await WRITERS[format](shown));
}

const WRITERS: Readonly<Record<Format, (shown: Shown) => string | Promise<string>>> = {
  json: ({ value }) => `${JSON.stringify(value, null, 4)}\n`,
  async yaml({ value }) {
    const { yamlOf } = await import('./yaml.ts');
    return yamlOf(value);
  },
  table: tableOf,
};

/** For people: one row per line, and nothing that a terminal would obey. */
export async function tableOf({ lead = '', head, rows, empty }: Shown): Promise<string> {
  if (rows.length === 0) return `${lead}${empty}\n`;
  const { default: Table } = await import('cli-table3');
  const drawn = new Table({ head: [...head], style: { head: [], border: [] } });
  for (const cells of rows) drawn.push(cells.map((cell) => printable(String(cell ?? ''))));
  return `${lead}${drawn.toString()}\n`;
}
