import { stringify } from 'yaml';

type Json = Readonly<Record<string, unknown>>;

/** As Go writes it: YAML 1.1, keys sorted, long texts folded, lists not indented. */
const LIKE_GO = { version: '1.1', sortMapEntries: true, lineWidth: 80, indentSeq: false } as const;

/**
 * One document as tctl prints it. The general writer takes a second for a thousand databases, and the
 * stand-in shares its process with tests, so documents of plain words are written without it.
 */
export function yamlDocument(document: Json): string {
  return plainMap(document, '') ?? stringify(document, LIKE_GO);
}

/** Undefined when something in the map needs the general writer. */
function plainMap(map: Json, indent: string): string | undefined {
  let text = '';
  for (const key of Object.keys(map).sort()) {
    const value = plainWord(key) === key ? plainValue(map[key], indent) : undefined;
    if (value === undefined) return undefined;
    text += `${indent}${key}:${value}`;
  }
  return text;
}

function plainValue(value: unknown, indent: string): string | undefined {
  if (typeof value === 'boolean' || Number.isInteger(value)) return ` ${value}\n`;
  if (typeof value === 'string') {
    const word = plainWord(value);
    return word === undefined ? undefined : ` ${word}\n`;
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined;
  const map = plainMap({ ...value }, `${indent}  `);
  return map === '' ? ' {}\n' : map && `\n${map}`;
}

const LETTER_FIRST = /^[A-Za-z][\w./@-]{0,60}$/;
const UUID_OR_ADDRESS = /^(?:[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}|\d+\.\d+\.\d+\.\d+:\d+)$/;
const CONSTANT = /^(?:true|false|yes|no|on|off|y|n|null)$/i;
const WHOLE_NUMBER = /^(?:0|[1-9]\d*)$/;

function plainWord(text: string): string | undefined {
  if (text === '' || CONSTANT.test(text) || WHOLE_NUMBER.test(text)) return `"${text}"`;
  return LETTER_FIRST.test(text) || UUID_OR_ADDRESS.test(text) ? text : undefined;
}
