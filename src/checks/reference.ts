import { CHECKS } from './list.ts';
import { TROUBLES } from './troubleshooting.ts';

const MADE = 'Made from the program by `npm run docs`; a test compares.';

/** `docs/reference/checks.md`. */
export function checksPage(): string {
  const rows = CHECKS.map(({ id, title, needs = [], fix }) =>
    row(
      `<a id="${id}"></a>\`${id}\``,
      title,
      needs.map((need) => `\`${need}\``).join(', '),
      fix === undefined ? '' : `\`${fix}\``,
    ),
  );
  return [
    '# Checks of dblab teleport doctor',
    '',
    MADE,
    '',
    'They are made in this order. Where a check that another one needs has failed, the other is skipped: only the first cause',
    'is told. What `dblab teleport setup` can mend names the step that does it, and `dblab teleport doctor --fix` does it.',
    '',
    '| check | what has to hold | needs | mended by |',
    '| --- | --- | --- | --- |',
    ...rows,
    '',
  ].join('\n');
}

/** `docs/troubleshooting.md`. */
export function troubleshootingPage(): string {
  const rows = TROUBLES.map(({ seen, cause, checks }) =>
    row(seen, cause, checks.map((id) => `[\`${id}\`](reference/checks.md#${id})`).join(', ')),
  );
  return [
    '# Troubleshooting',
    '',
    MADE,
    '',
    'Run this first, on the host of the Engine and of the sidecar:',
    '',
    '```sh',
    'sudo dblab teleport doctor',
    '```',
    '',
    "It looks at the whole way from the Engine to a colleague's psql, says of each part what it saw and what to do, and needs no",
    "flag where the sidecar is installed. `--fix` mends what a program can mend. The entries of DBLab's guide, what is behind",
    'them (not always what the guide says), and the checks that find it:',
    '',
    '| what is seen | what is behind it | checks |',
    '| --- | --- | --- |',
    ...rows,
    '',
  ].join('\n');
}

function row(...cells: readonly string[]): string {
  return `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
}
