/**
 * YAML as tctl writes and reads it: documents between `---` lines.
 *
 * Teleport fills a database's document with some seventy lines, and the general parser takes a second for
 * a thousand of them. So a document of plain lines only (`key: value`, nothing that could be read in two
 * ways) is read in a twentieth of that, and every other one is left to the general parser.
 */
import { parseDocument, type Tags } from 'yaml';
import { readPlainDocument } from './tctl-plain-yaml.ts';

export type Fields = Readonly<Record<string, unknown>>;

/** The texts of the documents; `[]` is how tctl prints none. */
export function splitDocuments(text: string): string[] {
  // A line that starts with `---` is a boundary to YAML even inside quotes, so no text can hold one.
  return text.split(/^---\r?\n/m).filter((it) => it.trim() !== '' && it.trim() !== '[]');
}

/** Throws when the text is not YAML or not a map. */
export function readDocument(text: string): Fields {
  return readPlainDocument(text) ?? readAnyDocument(text);
}

/** Values are written as JSON, which is YAML too: whatever a text holds, it ends where its quotes end. */
export function writeDocuments(documents: readonly Fields[]): string {
  return documents.map(writeDocument).join('---\n');
}

function writeDocument(fields: Fields): string {
  return Object.entries(fields)
    .map(([key, value]) => `${key}: ${writeValue(value)}\n`)
    .join('');
}

/** JSON lets these characters stand; Teleport's YAML reader refuses them or takes them for line breaks. */
const UNSAFE_IN_YAML = /[\u007f-\u009f\u2028\u2029\ufeff\ufffe\uffff]/g;
/** Half of a character: JSON escapes it, and Teleport's YAML reader refuses the escape. */
const HALF_CHARACTER = /\p{Surrogate}/gu;

function writeValue(value: unknown): string {
  const json = JSON.stringify(value, (_key, it) =>
    typeof it === 'string' ? it.replace(HALF_CHARACTER, '\ufffd') : it,
  );
  return json.replace(UNSAFE_IN_YAML, (it) => `\\u${it.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

export function readAnyDocument(text: string): Fields {
  const document = parseDocument(text, { prettyErrors: false, logLevel: 'error', customTags: withoutBases });
  const [error] = document.errors;
  if (error !== undefined) throw error;
  const value: unknown = document.toJS();
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new TypeError('a document is not a map');
  }
  return { ...value };
}

/** Teleport writes YAML 1.1, to which `0o17` is a text and needs no quotes; it never writes a number so. */
function withoutBases(tags: Tags): Tags {
  return tags.filter((tag) => typeof tag === 'string' || !(tag.format === 'OCT' || tag.format === 'HEX'));
}
