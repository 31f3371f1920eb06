/**
 * Reads the part of YAML that cannot be read in two ways: nested maps of one `key: value` per line, where
 * a value is a whole number, true, false, an empty map or list, a text in quotes without escapes, or words
 * that are neither a number nor a constant. Whatever it reads, the general parser reads alike.
 */
type Fields = Record<string, unknown>;

interface Level {
  readonly indent: number;
  readonly fields: Fields;
}

/** The document, or undefined when a line of it is not plain. */
export function readPlainDocument(text: string): Fields | undefined {
  const root: Fields = {};
  const levels: Level[] = [{ indent: 0, fields: root }];
  let parent: string | undefined;
  for (const line of text.split('\n')) {
    if (line === '') continue;
    const entry = readLine(line);
    if (entry === undefined) return undefined;
    const level = enter(levels, entry.indent, parent);
    if (level === undefined || Object.hasOwn(level.fields, entry.key)) return undefined;
    level.fields[entry.key] = entry.value;
    parent = entry.value === BELOW ? entry.key : undefined;
  }
  return parent === undefined ? root : undefined;
}

/** The level that a line belongs to: a new one below its parent, or one that is open at this indent. */
function enter(levels: Level[], indent: number, parent: string | undefined): Level | undefined {
  let level = levels.at(-1);
  if (level !== undefined && parent !== undefined) {
    if (indent <= level.indent) return undefined;
    const fields: Fields = {};
    level.fields[parent] = fields;
    levels.push({ indent, fields });
    return levels.at(-1);
  }
  while (level !== undefined && level.indent > indent) {
    levels.pop();
    level = levels.at(-1);
  }
  return level?.indent === indent ? level : undefined;
}

/** Stands for a value that follows in the lines below. */
const BELOW = Symbol();

const PLAIN_LINE =
  /^(?<spaces> *)(?<key>[A-Za-z][\w./-]*):(?: (?:(?<empty>\{\}|\[\])|(?<integer>0|-?[1-9][0-9]{0,14})|"(?<double>[^"\\\p{C}]*)"|'(?<single>[^'\p{C}]*)'|(?<words>[A-Za-z0-9][\w./:@+-]*(?: [\w./:@+-]+)*)))?$/u;
const CONSTANT = /^(?:true|false|null)$/i;

function readLine(line: string): { indent: number; key: string; value: unknown } | undefined {
  const groups = PLAIN_LINE.exec(line)?.groups;
  if (groups === undefined) return undefined;
  const { spaces = '', key = '' } = groups;
  const value = readValue(groups);
  return value === undefined || CONSTANT.test(key) ? undefined : { indent: spaces.length, key, value };
}

function readValue({ empty, integer, double, single, words }: Partial<Record<string, string>>): unknown {
  if (empty !== undefined) return empty === '{}' ? {} : [];
  if (integer !== undefined) return Number(integer);
  if (words === undefined) return double ?? single ?? BELOW;
  if (words === 'true' || words === 'false') return words === 'true';
  const isText = Number.isNaN(Number(words)) && !CONSTANT.test(words) && !/:( |$)/.test(words);
  return isText ? words : undefined;
}
