import { fileForm, type Option } from './option.ts';
import { serveOptions } from './serve-options.ts';

/** The reference page of `dblab teleport serve`, from the table that the program itself reads. */
export function serveReference(): string {
  return [
    '# dblab teleport serve: options',
    '',
    'Made from the program by `npm run docs`; a test compares.',
    '',
    'A flag, or its file form, wins over the variable, and the variable over the default. An empty variable',
    'counts as unset. Secrets are best given as variables or files: arguments show in the process list.',
    '',
    '| flag | variable | default | what it is |',
    '| --- | --- | --- | --- |',
    ...Object.values(serveOptions).flatMap(rows),
    '',
    '| exit code | meaning |',
    '| --- | --- |',
    '| 0 | ended as asked; with `--once`: all is in step |',
    '| 1 | failed; a restart may help |',
    '| 2 | wrong usage: every problem of the configuration is listed |',
    '| 78 | the Engine is of the community edition, which no restart can mend |',
    '',
  ].join('\n');
}

function rows(option: Option): string[] {
  const { flag, placeholder, env, help, required, list, secret } = option;
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
