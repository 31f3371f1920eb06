import { cleanupOptions } from './cleanup-options.ts';
import { fileForm, type Option } from './option.ts';
import { serveOptions } from './serve-options.ts';
import { doctorOptions, setupOptions } from './setup-options.ts';
import { siteOptions } from './site-options.ts';
import { directOptions, statusOptions } from './status-options.ts';

/** A page under `docs/reference`, made from the table that the program itself reads. */
export interface ReferencePage {
  readonly file: string;
  readonly text: string;
}

type Exit = readonly [code: string, meaning: string];

export const referencePages: readonly ReferencePage[] = [
  page('serve', serveOptions, [
    ['0', 'ended as asked; with `--once`: all is in step'],
    ['1', 'failed; a restart may help'],
    ['2', 'wrong usage: every problem of the configuration is listed'],
    ['78', 'the Engine is of the community edition, which no restart can mend'],
  ]),
  page('cleanup', cleanupOptions, [
    ['0', 'nothing of the environment is left in Teleport; with `--dry-run`: shown what there is'],
    ['1', 'something is left, or Teleport could not be asked'],
    ['2', 'wrong usage, or neither a terminal to ask on nor `--yes`'],
  ]),
  page('status', { ...statusOptions, ...directOptions }, [
    ['0', 'all is in step, or `--watch` was ended'],
    ['1', 'not in step, or nobody could be asked'],
    ['2', 'wrong usage, or no sidecar answers and what is needed to look without one is missing'],
  ]),
  page('setup', { ...setupOptions, ...siteOptions }, [
    ['0', 'everything is made, or was so already; with `--dry-run` and `--print`: shown, written'],
    ['1', 'something is not made: the message says what; run again, it goes on from there'],
    ['2', 'wrong usage, or neither a terminal to ask on nor `--yes`'],
  ]),
  page('doctor', { ...doctorOptions, ...siteOptions }, [
    ['0', 'nothing failed; warnings do not count'],
    ['1', 'a check failed'],
    ['2', 'wrong usage'],
  ]),
];

function page(
  command: string,
  table: Readonly<Record<string, Option>>,
  exits: readonly Exit[],
): ReferencePage {
  const lines = [
    `# dblab teleport ${command}: options`,
    '',
    'Made from the program by `npm run docs`; a test compares.',
    '',
    'A flag, or its file form, wins over the variable, and the variable over the default. An empty variable',
    'counts as unset. Secrets are best given as variables or files: arguments show in the process list.',
    '',
    '| flag | variable | default | what it is |',
    '| --- | --- | --- | --- |',
    ...Object.values(table).flatMap(rows),
    '',
    '| exit code | meaning |',
    '| --- | --- |',
    ...exits.map((exit) => row(...exit)),
    '',
  ];
  return { file: `${command}.md`, text: lines.join('\n') };
}

function rows(option: Option): string[] {
  const { flag, placeholder, env = '', help, required, list, secret } = option;
  const written = placeholder === undefined ? `--${flag}` : `--${flag} ${placeholder}`;
  const byDefault = required ? '(required)' : code(option.default ?? '');
  const many = list === undefined ? '' : '; repeatable';
  const direct = row(code(written), code(env), byDefault, help + many);
  if (!secret) return [direct];
  const file = fileForm(option);
  return [
    direct,
    row(code(`--${file.flag} FILE`), code(file.env), '', `file that holds it${many && ', one per line'}`),
  ];
}

function row(...cells: string[]): string {
  return `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
}

function code(text: string): string {
  return text === '' ? '' : `\`${text}\``;
}
