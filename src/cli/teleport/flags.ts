import { type Command, Option as Flag } from 'commander';
import { fileForm, type Option } from '../../config/option.ts';
import type { Sources } from '../../config/read.ts';

/** Gives the command a flag for every option of the table, and one for its file form where it has one. */
export function addFlags(command: Command, table: Readonly<Record<string, Option>>): void {
  for (const option of Object.values(table)) {
    for (const flag of flagsOf(option)) command.addOption(flag);
  }
}

/** What the command line gave, by flag, for `Sources`: defaults are none of its business. */
export function givenFlags(command: Command): Sources['flags'] {
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
  const group = option.required ? 'Required:' : 'Options:';
  const shown = option.default === undefined ? help : `${help} (default: ${option.default})`;
  const many = option.list === undefined ? '' : '; repeatable';
  const direct = new Flag(placeholder === undefined ? `--${flag}` : `--${flag} <${placeholder}>`);
  direct.description = `${shown}${many} [${env}]`;
  direct.helpGroup(group);
  if (option.list !== undefined) direct.argParser((text: string, before: string[] = []) => [...before, text]);
  if (!option.secret) return [direct];
  const file = fileForm(option);
  const fromFile = new Flag(
    `--${file.flag} <FILE>`,
    `file to read it from${many && ', one per line'} [${file.env}]`,
  );
  return [direct, fromFile.helpGroup(group)];
}
