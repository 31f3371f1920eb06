import { type Command, Option as Flag } from 'commander';
import { fileForm, type Option } from '../../config/option.ts';
import { type Reading, readOptions, type Sources } from '../../config/read.ts';
import { readSmallFile } from '../../lib/small-file.ts';
import { type Run, UsageError } from '../host.ts';

/** Gives the command a flag for every option of the table, and one for its file form where it has one. */
export function addFlags(command: Command, table: Readonly<Record<string, Option>>, group?: string): void {
  for (const option of Object.values(table)) {
    const under = group ?? (option.required ? 'Required:' : 'Options:');
    for (const flag of flagsOf(option)) command.addOption(flag.helpGroup(under));
  }
}

/** Reads the options of the table; throws a `UsageError` that names every problem at once. */
export function readFlags<const Table extends Record<string, Option>>(
  table: Table,
  command: Command,
  run: Run,
): Reading<Table> {
  const reading = readOptions(table, sourcesOf(command, run));
  if (reading.problems.length > 0) throw new UsageError(listed(command, reading.problems));
  for (const warning of reading.warnings) run.stderr.write(`${warning}\n`);
  return reading;
}

/** Where the options of the command are looked for. */
export function sourcesOf(command: Command, { env }: Run): Sources {
  return { flags: givenFlags(command), env, readFile: (path) => readSmallFile(path, 65_536) };
}

/** Every problem, and where the options are explained. */
export function listed(command: Command, problems: readonly string[]): string {
  const name = `dblab ${command.parent?.name()} ${command.name()}`;
  const lines = problems.map((problem) => `  - ${problem}`).join('\n');
  return `${name} cannot start:\n${lines}\n"${name} --help" explains every option.`;
}

/** What the command line gave, by flag: defaults are none of its business. */
function givenFlags(command: Command): Sources['flags'] {
  const given = command.options.filter(
    (flag) => command.getOptionValueSource(flag.attributeName()) === 'cli' && flag.long !== undefined,
  );
  return Object.fromEntries(given.map((flag) => [flag.long?.slice(2), textOf(flag, command)]));
}

function textOf(flag: Flag, command: Command): string | string[] | true {
  return flag.isBoolean() || flag.negate ? true : command.getOptionValue(flag.attributeName());
}

function flagsOf(option: Option): Flag[] {
  const { flag, placeholder, env, help } = option;
  const shown = option.default === undefined ? help : `${help} (default: ${option.default})`;
  const many = option.list === undefined ? '' : '; repeatable';
  const direct = new Flag(placeholder === undefined ? `--${flag}` : `--${flag} <${placeholder}>`);
  direct.description = `${shown}${many}${env === undefined ? '' : ` [${env}]`}`;
  if (option.list !== undefined) direct.argParser((text: string, before: string[] = []) => [...before, text]);
  if (!option.secret) return [direct];
  const file = fileForm(option);
  const fromFile = new Flag(
    `--${file.flag} <FILE>`,
    `file to read it from${many && ', one per line'} [${file.env}]`,
  );
  return [direct, fromFile];
}
