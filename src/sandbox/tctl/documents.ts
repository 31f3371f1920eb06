import { parse } from 'yaml';
import { Refusal } from '../teleport/refusal.ts';

const TIMESTAMP = 'tag:yaml.org,2002:timestamp';

/**
 * Reads a stream of documents as tctl does: one after the other, so that those before a broken one have
 * been carried out by the time it is met. What starts with `{` is JSON, the rest is YAML 1.1, where an
 * unquoted `yes` is not a text. Empty documents are passed over. Throws a `Refusal` at the broken one.
 */
export function* documentsIn(input: string): Generator<unknown> {
  if (input.trimStart().startsWith('{')) yield* jsonDocuments(input);
  else
    for (const document of input.split(/^---[^\S\n]*$/m)) {
      const value = parseYaml(document);
      if (value !== null && value !== undefined) yield value;
    }
}

function parseYaml(text: string): unknown {
  try {
    return parse(text, {
      version: '1.1',
      // tctl takes an unquoted time of day or date for a text.
      customTags: (tags) => tags.filter((tag) => typeof tag === 'string' || !isTime(tag)),
    });
  } catch (error) {
    throw new Refusal('invalid', `error converting YAML to JSON: yaml: ${firstLine(error)}`);
  }
}

const isTime = (tag: { tag: string; format?: string }): boolean =>
  tag.tag === TIMESTAMP || tag.format === 'TIME';

/** JSON documents may stand side by side or, as in YAML, with `---` lines between them. */
function* jsonDocuments(input: string): Generator<unknown> {
  for (const part of input.split(/^---[^\S\n]*$/m)) {
    let rest = part.trim();
    while (rest !== '') {
      const end = endOfObject(rest);
      yield parseJson(rest.slice(0, end), input.length - rest.length);
      rest = rest.slice(end).trim();
    }
  }
}

function parseJson(text: string, offset: number): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    const at = Number(/position (\d+)/.exec(firstLine(error))?.[1] ?? text.length);
    const found = text[at];
    const complaint =
      found === undefined
        ? 'unexpected EOF'
        : `invalid character '${found}' looking for beginning of object key string`;
    throw new Refusal('invalid', `json: offset ${offset + at + 1}: ${complaint}`);
  }
}

/** Where the first object ends, by its braces outside of strings; the whole text where it does not end. */
function endOfObject(text: string): number {
  let depth = 0;
  for (const token of text.matchAll(/"(?:[^"\\]|\\.)*"|[{}]/gs)) {
    if (token[0] === '{') depth += 1;
    else if (token[0] === '}') depth -= 1;
    if (depth === 0) return token.index + token[0].length;
  }
  return text.length;
}

function firstLine(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).split('\n')[0] ?? '';
}
