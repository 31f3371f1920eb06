import type { z } from 'zod';
import { fileForm, type Option } from './option.ts';

/** Where options are looked for. An empty variable counts as unset. */
export interface Sources {
  /** What the command line gave, by flag without dashes: a text, several, or true for a switch. */
  readonly flags: Readonly<Record<string, string | readonly string[] | true | undefined>>;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** The text of a file; throws an error whose message says why it cannot be read. */
  readonly readFile: (path: string) => string;
}

/** What was found: `values` are whole where `problems` is empty. */
export interface Reading<Table extends Record<string, Option>> {
  readonly values: Values<Table>;
  /** The options that were given, rather than left to their default. */
  readonly given: ReadonlySet<keyof Table>;
  readonly problems: readonly string[];
  readonly warnings: readonly string[];
}

type Values<Table extends Record<string, Option>> = {
  readonly [Name in keyof Table]: Table[Name] extends { required: true } | { default: string }
    ? z.output<Table[Name]['schema']>
    : z.output<Table[Name]['schema']> | undefined;
};

/** Texts found for one option, with the name of the place for messages. */
interface Found {
  readonly place: string;
  readonly texts: readonly string[];
}

/**
 * Reads every option of the table, whatever is wrong with the others: the flag or its file form wins over
 * the environment, and that over the default. No message holds the value of a secret.
 */
export function readOptions<const Table extends Record<string, Option>>(
  table: Table,
  sources: Sources,
): Reading<Table> {
  const values: Record<string, unknown> = {};
  const given = new Set<keyof Table>();
  const problems: string[] = [];
  const warnings: string[] = [];
  for (const [name, option] of Object.entries(table)) {
    try {
      const found = find(option, sources);
      if (found !== undefined) given.add(name);
      if (option.secret && sources.flags[option.flag] !== undefined) warnings.push(argumentWarning(option));
      values[name] = parse(option, found ?? fallback(option));
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      problems.push(error.message);
    }
  }
  return { values: values as Values<Table>, given, problems, warnings };
}

class Problem extends Error {}

function find(option: Option, sources: Sources): Found | undefined {
  return findIn('flag', option, sources) ?? findIn('env', option, sources);
}

function findIn(kind: 'flag' | 'env', option: Option, sources: Sources): Found | undefined {
  const direct = kind === 'flag' ? fromFlag(option.flag, sources) : fromEnv(option.env, option, sources);
  if (!option.secret) return direct;
  const form = fileForm(option)[kind];
  const file = kind === 'flag' ? fromFlag(form, sources) : fromEnv(form, undefined, sources);
  if (direct !== undefined && file !== undefined) {
    throw new Problem(`${direct.place} and ${file.place} are both given: keep one of them.`);
  }
  return direct ?? (file === undefined ? undefined : fromFile(file, sources));
}

function fromFlag(flag: string, sources: Sources): Found | undefined {
  const raw = sources.flags[flag];
  if (raw === undefined) return undefined;
  const texts = (Array.isArray(raw) ? raw : [String(raw)]).map((text: string) => text.trim());
  if (texts.includes('')) throw new Problem(`--${flag} is given an empty value.`);
  return { place: `--${flag}`, texts };
}

function fromEnv(name: string | undefined, option: Option | undefined, sources: Sources): Found | undefined {
  if (name === undefined) return undefined;
  const texts = split(sources.env[name] ?? '', option?.list);
  return texts.length === 0 ? undefined : { place: name, texts };
}

function fromFile(file: Found, sources: Sources): Found {
  const path = file.texts.at(-1) ?? '';
  const place = `${file.place} (${path})`;
  const texts = split(readText(path, place, sources), '\n');
  if (texts.length === 0) throw new Problem(`${place} holds nothing but blank lines.`);
  return { place, texts };
}

function readText(path: string, place: string, sources: Sources): string {
  try {
    return sources.readFile(path);
  } catch (error) {
    throw new Problem(
      `${place} cannot be read: ${error instanceof Error ? error.message : 'unknown reason'}.`,
    );
  }
}

function split(text: string, separator: Option['list']): string[] {
  const pieces = separator === undefined ? [text] : text.split(separator);
  return pieces.map((piece) => piece.trim()).filter((piece) => piece !== '');
}

function fallback(option: Option): Found | undefined {
  if (option.required) throw new Problem(missing(option));
  return option.default === undefined ? undefined : { place: `--${option.flag}`, texts: [option.default] };
}

function parse(option: Option, found: Found | undefined): unknown {
  if (found === undefined) return undefined;
  if (!option.list && found.texts.length > 1) {
    throw new Problem(`${found.place} holds ${found.texts.length} lines: one is expected.`);
  }
  const shown = option.secret || option.list ? '' : ` ${JSON.stringify(found.texts[0]?.slice(0, 100))}`;
  const result = option.schema.safeParse(option.list ? found.texts : found.texts[0]);
  if (!result.success) throw new Problem(`${found.place}${shown}: ${result.error.issues[0]?.message}.`);
  return result.data;
}

function missing(option: Option): string {
  const { flag, env } = option;
  if (env === undefined) return `--${flag} is missing: give it.`;
  if (!option.secret) return `--${flag} is missing: give it, or set ${env}.`;
  return `--${flag} is missing: set ${env}, or give --${fileForm(option).flag} with the path of a file that holds it.`;
}

function argumentWarning(option: Option): string {
  return `--${option.flag} is given as an argument, where every user of this host can read it in the process list: set ${option.env} or give --${fileForm(option).flag} instead.`;
}
