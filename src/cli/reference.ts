import type { Command, Option } from 'commander';
import { systemClock } from '../lib/clock.ts';
import { NOT_BUILT } from './not-built.ts';
import { commandTree } from './program.ts';

/** The reference page of the whole command line, from the tree of commands that the program itself uses. */
export async function commandReference(): Promise<string> {
  const program = await commandTree(SILENT, () => true);
  return [
    '# dblab: commands',
    '',
    'Made from the program by `npm run docs`; a test compares.',
    '',
    'Results are written to stdout, everything said beside them to stderr.',
    '',
    '| exit code | meaning |',
    '| --- | --- |',
    '| 0 | done |',
    '| 1 | failed: the message says what happened, why, and what to do next |',
    '| 2 | wrong usage: nothing was done |',
    '',
    'One command has more of them: [dblab teleport serve](serve.md).',
    '',
    '## Flags that name the Engine',
    '',
    'Taken before the command and after it; what stands after it wins. Each setting comes from its flag, else from',
    'its variable, else from the current environment in `~/.dblab/cli/cli.yml`, which `dblab init` and',
    '`dblab config` write.',
    '',
    ...flagTable(program.options.filter(({ long }) => long !== '--version')),
    ...commandsOf(program).flatMap((command) => chapter(command, program, '##')),
    '## Not built',
    '',
    NOT_BUILT,
    '',
  ].join('\n');
}

const SILENT = {
  env: {},
  home: '',
  stdout: { write: () => {} },
  stderr: { write: () => {} },
  clock: systemClock,
  signal: new AbortController().signal,
  exitWith: () => {},
};

function chapter(command: Command, program: Command, heading: string): string[] {
  const shared = new Set(program.options.map(({ flags, description }) => flags + description));
  const isShared = ({ flags, description }: Option) => shared.has(flags + description);
  const flags = command.options.filter((option) => !option.hidden && !isShared(option));
  const after = textAfter(command);
  return [
    `${heading} ${pathOf(command)}`,
    '',
    sentence(command.description()),
    '',
    ...(command.registeredArguments.length === 0
      ? []
      : table(
          ['argument', 'what it is'],
          command.registeredArguments.map((argument) => [
            code(argument.required ? argument.name() : `[${argument.name()}]`),
            argument.description + choices(argument.argChoices),
          ]),
        )),
    ...flagTable(flags),
    ...(command.options.some((option) => !option.hidden && isShared(option))
      ? ['Takes the flags that name the Engine.', '']
      : []),
    ...(after === '' ? [] : ['```', after, '```', '']),
    ...commandsOf(command).flatMap((child) => chapter(child, program, `${heading}#`)),
  ];
}

function commandsOf(command: Command): readonly Command[] {
  const visible = command.createHelp().visibleCommands(command);
  return command.commands.filter((child) => visible.includes(child));
}

function pathOf(command: Command): string {
  return command.parent === null ? command.name() : `${pathOf(command.parent)} ${command.name()}`;
}

/** What `--help` says after the flags. */
export function textAfter(command: Command): string {
  let help = '';
  const writeOut = (text: string) => {
    help += text;
  };
  command.configureOutput({ writeOut }).outputHelp();
  return help.slice(command.helpInformation().length).trim();
}

function flagTable(options: readonly Option[]): string[] {
  if (options.length === 0) return [];
  return table(['flag', 'variable', 'default', 'what it is'], options.map(flagRow));
}

function flagRow(option: Option): string[] {
  const { flags, description, argChoices, defaultValue, mandatory } = option;
  const [, help = description, variable = ''] = /^(.*) \[([A-Z][A-Z0-9_]+)\]$/s.exec(description) ?? [];
  const isGiven = defaultValue !== undefined && typeof defaultValue !== 'boolean';
  return [
    code(flags),
    code(variable),
    mandatory ? '(required)' : code(isGiven ? String(defaultValue) : ''),
    help + choices(argChoices),
  ];
}

function choices(among: readonly string[] | undefined): string {
  return among === undefined ? '' : `: ${among.map(code).join(', ')}`;
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string[] {
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line), ''];
}

function code(text: string): string {
  return text === '' ? '' : `\`${text}\``;
}

function sentence(text: string): string {
  const whole = text.charAt(0).toUpperCase() + text.slice(1);
  return whole.endsWith('.') ? whole : `${whole}.`;
}
