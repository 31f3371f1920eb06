/**
 * Edits YAML by splicing its text: whatever is not asked for stays byte for byte, comments, anchors and odd
 * spacing included. An edit that leads through an alias or a merge key is made where the map is defined, so that
 * all who use the anchor get it. What comes out is read again and compared before it is handed over.
 */
import { isDeepStrictEqual } from 'node:util';
import {
  isCollection as isCollectionNode,
  isMap,
  isScalar,
  isSeq,
  type Node,
  type Pair,
  type YAMLMap,
  type YAMLSeq,
} from 'yaml';
import { YamlError } from './error.ts';
import { type Parsed, pairFor, parse, plainOf, resolved } from './parse.ts';
import { columnOf, eolOf, lastOffset, lineEndAfter, splice } from './place.ts';
import { blockOf, flowOf, isCollection, itemOf, pairOf, scalarOf, type YamlValue } from './write.ts';

type Path = readonly (string | number)[];

/** Sets the value at a path, making the maps on the way, or adds an item to the list there. */
export type Edit =
  | { readonly path: Path; readonly value: string | number | boolean }
  | { readonly path: Path; readonly append: YamlValue };

/**
 * The text with the edits made; the same text where everything is so already. Throws a `YamlError` for what is no
 * YAML, and where an edit cannot be made without touching more than it names.
 */
export function editYaml(text: string, edits: readonly Edit[]): string {
  return edits.reduce(editOnce, text);
}

function editOnce(text: string, edit: Edit): string {
  const parsed = parse(text);
  const before = plainOf(parsed.document);
  const { spliced, alter } = changeFor(edit, { text, ...parsed });
  if (spliced === text) return text;
  alter();
  const [wanted, got] = [plainOf(parsed.document), plainOf(parse(spliced).document)];
  if (!isDeepStrictEqual(wanted, got) || isDeepStrictEqual(before, got)) {
    throw new YamlError(
      `${edit.path.join('.')} cannot be edited in the form it is written in: edit it by hand.`,
    );
  }
  return spliced;
}

interface Source extends Parsed {
  readonly text: string;
}

/** The new text, and the same change to the parsed document, to compare with. */
interface Made {
  readonly spliced: string;
  readonly alter: () => void;
}

/** Where the path leads, as far as it goes. */
interface Place {
  readonly node: Node | null;
  /** Of the map whose value it is; undefined for the items of lists and for the document. */
  readonly pair: Pair | undefined;
}

function changeFor(edit: Edit, source: Source): Made {
  let place: Place = { node: resolved(source.document.contents, source.document), pair: undefined };
  for (const [index, step] of edit.path.entries()) {
    const next = stepInto(place, step, edit.path.slice(0, index + 1), source);
    if (next === undefined) return makeBelow(place, edit, index, source);
    place = next;
  }
  return 'append' in edit ? append(place, edit, source) : replace(place, edit, source);
}

/** Undefined where there is nothing yet. */
function stepInto(
  { node }: Place,
  step: string | number,
  path: Path,
  { document }: Source,
): Place | undefined {
  if (isSeq(node) && typeof step === 'number') {
    const item = resolved(node.items[step], document);
    if (item === null) throw misfit(path, 'there is no such item');
    return { node: item, pair: undefined };
  }
  if (isEmpty(node)) return undefined;
  if (!isMap(node)) throw misfit(path.slice(0, -1), 'a map is needed there');
  const pair = pairFor(node, String(step), document);
  return pair && { node: resolved(pair.value, document), pair };
}

/** From the step on nothing is there: it is made. */
function makeBelow({ node, pair }: Place, edit: Edit, index: number, source: Source): Made {
  if (isMap(node) && !isEmpty(node)) {
    return addTo(node, String(edit.path[index]), nested(edit, index + 1), source);
  }
  if (pair !== undefined) return fill(pair, nested(edit, index), source);
  if (index > 0) throw misfit(edit.path.slice(0, index), 'an item without content');
  return fillDocument(nested(edit, index), source);
}

function misfit(path: Path, why: string): YamlError {
  return new YamlError(`It cannot be edited at ${path.join('.') || 'its beginning'}: ${why}.`);
}

/** What has to be written where the path ends early. */
function nested(edit: Edit, from: number): YamlValue {
  const end: YamlValue = 'append' in edit ? [edit.append] : edit.value;
  return edit.path.slice(from).reduceRight<YamlValue>((inner, key) => ({ [String(key)]: inner }), end);
}

/** Nothing, null, or a collection without items. */
function isEmpty(node: Node | null): boolean {
  if (node === null || (isScalar(node) && node.value === null)) return true;
  return isCollectionNode(node) && node.items.length === 0;
}

function replace({ node, pair }: Place, edit: Extract<Edit, { value: unknown }>, source: Source): Made {
  if (isScalar(node) && String(node.value) === String(edit.value)) return unchanged(source);
  if (isEmpty(node) && pair !== undefined) return fill(pair, edit.value, source);
  if (!isScalar(node) || node.range === undefined || node.range === null) {
    throw misfit(edit.path, 'a single value is needed there');
  }
  if (node.type === 'BLOCK_LITERAL' || node.type === 'BLOCK_FOLDED')
    throw misfit(edit.path, 'it is a text of several lines');
  const [start, end] = node.range;
  return {
    spliced: splice(source.text, start, end, scalarOf(edit.value)),
    alter: () => {
      node.value = edit.value;
    },
  };
}

function append({ node, pair }: Place, edit: Extract<Edit, { append: unknown }>, source: Source): Made {
  const { document, text } = source;
  if (isEmpty(node) && pair !== undefined) return fill(pair, [edit.append], source);
  if (!isSeq(node)) throw misfit(edit.path, 'a list is needed there');
  const present: unknown[] = node.toJS(document);
  if (present.some((item) => isDeepStrictEqual(item, edit.append))) return unchanged(source);
  const alter = () => void node.items.push(document.createNode(edit.append));
  const end = lastOffset(node);
  if (node.flow) return { spliced: splice(text, end, end, `, ${flowOf(edit.append)}`), alter };
  return { spliced: insertLines(text, end, itemOf(edit.append), dashColumn(node, text)), alter };
}

function unchanged({ text }: Source): Made {
  return { spliced: text, alter: () => {} };
}

function addTo(map: YAMLMap, key: string, value: YamlValue, source: Source): Made {
  const { document, text } = source;
  const alter = () => map.set(document.createNode(key), document.createNode(value));
  if (map.flow) {
    const pairText = flowOf({ [key]: value }).slice(1, -1);
    if (map.items.length > 0) {
      const end = lastOffset(map);
      return { spliced: splice(text, end, end, `, ${pairText}`), alter };
    }
    const [start, end] = map.range ?? [0, 0];
    return { spliced: splice(text, start, end, `{${pairText}}`), alter };
  }
  const column = columnOf(text, startOf(map.items[0]));
  return { spliced: insertLines(text, lastOffset(map), pairOf(key, value), column), alter };
}

/** Where a key has no value yet, or an empty one: what it gets stands below it. */
function fill(pair: Pair, value: YamlValue, source: Source): Made {
  const { text, document } = source;
  const alter = () => {
    const anchor = Object(pair.value).anchor;
    pair.value = document.createNode(value);
    if (anchor !== undefined) (pair.value as Node & { anchor?: string }).anchor = anchor;
  };
  const key = pair.key as Node;
  const [, keyEnd] = key.range ?? [0, 0];
  const [start, end] = (pair.value as Node | null)?.range ?? [keyEnd + 1, keyEnd + 1];
  const isWritten = end > start;
  if (!isCollection(value)) {
    const spaced = /\s/.test(text[start - 1] ?? ' ') ? '' : ' ';
    return { spliced: splice(text, start, end, spaced + scalarOf(value)), alter };
  }
  if (isInFlow(text, startOf(pair), source))
    return { spliced: splice(text, start, end, flowOf(value)), alter };
  const emptied = isWritten ? splice(text, start, end, '') : text;
  const column = columnOf(text, startOf(pair));
  // The line without what stood for nothing; a comment behind it stays.
  return { spliced: insertLines(tidied(emptied, start), start, blockOf(value), column + 2), alter };
}

/** No blanks where the value was, unless a comment follows. */
function tidied(text: string, at: number): string {
  const rest = /^[ \t]*(?=\r?\n|$)/.exec(text.slice(at))?.[0];
  if (rest === undefined) return text;
  let start = at;
  while (text[start - 1] === ' ') start -= 1;
  return splice(text, start, at + rest.length, '');
}

function fillDocument(value: YamlValue, source: Source): Made {
  const { text, document } = source;
  if (!isCollection(value)) throw new YamlError('It is empty.');
  const eol = eolOf(text);
  const gap = text === '' || text.endsWith('\n') ? '' : eol;
  return {
    spliced: `${text}${gap}${blockOf(value).join(eol)}${eol}`,
    alter: () => {
      document.contents = document.createNode(value) as typeof document.contents;
    },
  };
}

function insertLines(text: string, after: number, lines: readonly string[], column: number): string {
  const eol = eolOf(text);
  const at = lineEndAfter(text, after);
  const block = lines.map((line) => `${' '.repeat(column)}${line}${eol}`).join('');
  const isOpenEnd = at === text.length && !text.endsWith('\n');
  return splice(text, at, at, isOpenEnd ? eol + block.slice(0, -eol.length) : block);
}

function startOf(pair: Pair | undefined): number {
  return (pair?.key as Node | undefined)?.range?.[0] ?? 0;
}

function dashColumn(seq: YAMLSeq, text: string): number {
  const first = seq.items[0] as Node;
  return columnOf(text, text.lastIndexOf('-', (first.range?.[0] ?? 0) - 1));
}

/** Whether the place lies within braces or brackets. */
function isInFlow(_text: string, offset: number, { document }: Source): boolean {
  const within = (node: unknown): boolean => {
    if (!isCollectionNode(node) || node.range === undefined || node.range === null) return false;
    const [start, end] = node.range;
    if (offset < start || offset >= end) return false;
    if (node.flow && offset > start) return true;
    return node.items.some((item) => within(item) || within(Object(item).value) || within(Object(item).key));
  };
  return within(document.contents);
}
