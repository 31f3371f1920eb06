import type { z } from 'zod';

/**
 * An option as data. What it is called on the command line and in the environment, what it means and how
 * its text is read stand in one place; the command line, `--help`, the reading and the reference follow.
 */
export interface Option {
  /** Without its dashes. */
  readonly flag: string;
  /** What stands for the value in `--help`; a flag without one is a switch. */
  readonly placeholder?: string;
  /** Left out where only the command line may say it. */
  readonly env?: string;
  readonly help: string;
  /** As it would be typed. */
  readonly default?: string;
  readonly required?: true;
  /** May be given several times; its variable and its file hold a list, and its schema reads a list. */
  readonly list?: ',' | '\n';
  /** The value must stay out of the process list and of every message; it may be read from a file. */
  readonly secret?: true;
  readonly schema: z.ZodType;
}

/** The names of the option's other form, which reads the value from a file. */
export function fileForm(option: Option): { readonly flag: string; readonly env: string } {
  const name = option.flag.toUpperCase().replaceAll('-', '_');
  return { flag: `${option.flag}-file`, env: `DBLAB_TELEPORT_${name}_FILE` };
}
