import type { Tags } from 'yaml';
import { parse } from 'yaml';
import { Refusal } from '../teleport/refusal.ts';

/**
 * Reads a stream of documents as tctl does: one after the other, so that those before a broken one have
 * been carried out by the time it is met. What starts with `{` is a row of JSON objects, the rest is
 * YAML 1.1, where an unquoted `yes` is not a text. Throws a `Refusal` at the broken document.
 */
export function documentsIn(input: string): Generator<unknown> {
  return input.trimStart().startsWith('{') ? jsonDocuments(input) : yamlDocuments(input);
}

const SEPARATOR = /^---(.*)$/m;

function* yamlDocuments(input: string): Generator<unknown> {
  const [first = '', ...others] = input.split(SEPARATOR);
  if (!isEmpty(first)) yield parseYaml(first);
  for (let index = 0; index < others.length; index += 2) {
    const behind = (others[index] ?? '').trim();
    if (behind !== '' && !behind.startsWith('#')) throw invalid(`invalid Yaml document separator: ${behind}`);
    const document = others[index + 1] ?? '';
    if (!isEmpty(document)) yield parseYaml(document);
  }
}

const isEmpty = (document: string): boolean => document.split('\n').every((line) => /^\s*(?:#|$)/.test(line));

/** Go's reader takes none of these, nor an escape for half of a character. */
const FORBIDDEN = /[^\t\n\r\u0020-\u007e\u0085\u00a0-\ud7ff\ue000-\ufefe\uff00-\ufffd\u{10000}-\u{10ffff}]/u;
const HALF_CHARACTER = /(?<!\\)(?:\\\\)*\\u[dD][89a-fA-F]/;

function parseYaml(text: string): unknown {
  if (FORBIDDEN.test(text)) throw invalid('yaml: control characters are not allowed');
  if (HALF_CHARACTER.test(text)) throw invalid('yaml: found invalid Unicode character escape code');
  try {
    return parse(text, { version: '1.1', customTags: withoutTimes });
  } catch (error) {
    throw invalid(`error converting YAML to JSON: yaml: ${firstLine(error)}`);
  }
}

/** An unquoted date or time of day stays a text. */
function withoutTimes(tags: Tags): Tags {
  const isTime = (tag: { tag: string; format?: string }) =>
    tag.tag === 'tag:yaml.org,2002:timestamp' || tag.format === 'TIME';
  return tags.filter((tag) => typeof tag === 'string' || !isTime(tag));
}

function* jsonDocuments(input: string): Generator<unknown> {
  let rest = input.trim();
  while (rest !== '') {
    const end = endOfObject(rest);
    yield parseJson(rest.slice(0, end), input.trimEnd().length - rest.length);
    rest = rest.slice(end).trim();
  }
}

function parseJson(text: string, offset: number): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    const at = Number(/position (\d+)/.exec(firstLine(error))?.[1] ?? text.length);
    if (at >= text.length) throw invalid('unexpected EOF');
    const place = text[at - 1] === '-' ? 'in numeric literal' : 'looking for beginning of object key string';
    throw invalid(`json: offset ${offset + at + 1}: invalid character '${text[at]}' ${place}`);
  }
}

/** Where the first object ends, by its braces outside of strings; the whole text where there is none. */
function endOfObject(text: string): number {
  if (!text.startsWith('{')) return text.length;
  let depth = 0;
  for (const token of text.matchAll(/"(?:[^"\\]|\\.)*"|[{}]/gs)) {
    if (token[0] === '{') depth += 1;
    else if (token[0] === '}') depth -= 1;
    if (depth === 0) return token.index + token[0].length;
  }
  return text.length;
}

function invalid(text: string): Refusal {
  return new Refusal('invalid', text);
}

function firstLine(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).split('\n')[0] ?? '';
}
