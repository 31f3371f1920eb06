import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** Medians of one subject, by figure. */
export interface Column {
  readonly name: string;
  readonly figures: ReadonlyMap<string, number | undefined>;
}

/** As a table of Markdown: a row per figure, and how many times as long the alternative takes. */
export function table(columns: readonly Column[], alternative: Column): string {
  const names = [...new Set(columns.flatMap(({ figures }) => [...figures.keys()]))];
  const [first] = columns;
  const head = [
    '',
    ...columns.map(({ name }) => name),
    ...(first ? [`${alternative.name} / ${first.name}`] : []),
  ];
  const rows = names.map((name) => [
    name,
    ...columns.map(({ figures }) => shown(figures.get(name))),
    ratio(alternative.figures.get(name), first?.figures.get(name)),
  ]);
  return [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}

/** Never in our favour: the ratio is cut off, not rounded. */
function ratio(theirs: number | undefined, ours: number | undefined): string {
  return theirs === undefined || ours === undefined ? '' : `${Math.floor(theirs / ours)} x`;
}

function shown(figure: number | undefined): string {
  if (figure === undefined) return '';
  return figure < 10 && !Number.isInteger(figure) ? figure.toFixed(1) : String(Math.round(figure));
}

const PAGE = join(import.meta.dirname, '..', 'docs', 'benchmarks.md');
const BETWEEN = /(<!-- figures -->\n)[\s\S]*(<!-- end of figures -->)/;

/** Puts the figures into the page in the place of those before. */
export async function writePage(text: string): Promise<void> {
  const page = await readFile(PAGE, 'utf8');
  if (!BETWEEN.test(page)) throw new Error(`${PAGE} has no place for figures`);
  await writeFile(
    PAGE,
    page.replace(BETWEEN, (_, begin, end) => `${begin}\n${text}\n\n${end}`),
  );
}
