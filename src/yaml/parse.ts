import {
  type Document,
  isAlias,
  isMap,
  isScalar,
  LineCounter,
  type Node,
  type Pair,
  type ParsedNode,
  parseDocument,
  type YAMLMap,
} from 'yaml';
import { YamlError } from './error.ts';

const MOST_CHARACTERS = 4 * 1024 * 1024;
/** A document of nested aliases can stand for more than any memory holds. */
const MOST_ALIASES = 1_000;

export interface Parsed {
  readonly document: Document.Parsed<ParsedNode>;
  /** The first line is 1. */
  readonly lineOf: (offset: number) => number;
}

/** One document, with its places in the text kept. Throws a `YamlError`. */
export function parse(text: string): Parsed {
  if (text.length > MOST_CHARACTERS) throw new YamlError('The document is larger than 4 MiB.');
  const lineCounter = new LineCounter();
  const lineOf = (offset: number) => lineCounter.linePos(offset).line;
  const document = parseDocument(text, {
    keepSourceTokens: true,
    logLevel: 'error',
    lineCounter,
    merge: true,
    prettyErrors: false,
    strict: true,
    uniqueKeys: false,
  });
  const [error] = document.errors;
  if (error?.code === 'MULTIPLE_DOCS') {
    throw new YamlError(`It holds several documents (line ${lineOf(error.pos[0])}): one is expected.`);
  }
  if (error !== undefined) {
    throw new YamlError(`It is not YAML: ${reasonOf(error.code)} in line ${lineOf(error.pos[0])}.`);
  }
  return { document, lineOf };
}

/** With aliases and merges resolved. Throws a `YamlError`. */
export function plainOf(document: Document): unknown {
  try {
    return document.toJS({ maxAliasCount: MOST_ALIASES });
  } catch {
    throw new YamlError('Its aliases stand for more than can be held, or for nothing.');
  }
}

/** `BAD_INDENT` as people say it: the parser's own sentences may quote the text, which may be secret. */
function reasonOf(code: string): string {
  return code.toLowerCase().replaceAll('_', ' ');
}

/** The node itself where it is no alias. Throws a `YamlError` for an alias of nothing. */
export function resolved(node: unknown, document: Document): Node | null {
  if (!isAlias(node)) return (node ?? null) as Node | null;
  const target = node.resolve(document);
  if (target === undefined) throw new YamlError(`The alias *${node.source} stands for nothing.`);
  return resolved(target, document);
}

export function isMergeKey(key: unknown): boolean {
  return isScalar(key) && (key.source === '<<' || typeof key.value === 'symbol');
}

/** The pairs of the map itself that have the key. */
export function ownPairs(map: YAMLMap, key: string): Pair[] {
  return map.items.filter(
    (pair) => isScalar(pair.key) && !isMergeKey(pair.key) && String(pair.key.value) === key,
  );
}

/** The pair that counts for the key: the map's own, else that of the first map merged into it. */
export function pairFor(map: YAMLMap, key: string, document: Document, depth = 0): Pair | undefined {
  const own = ownPairs(map, key);
  if (own.length > 1) throw new YamlError(`The key ${key} is there twice in one map.`);
  if (own[0] !== undefined) return own[0];
  if (depth > 50) throw new YamlError('Its merges lead round in a circle.');
  for (const merged of mergedMaps(map, document)) {
    const found = pairFor(merged, key, document, depth + 1);
    if (found !== undefined) return found;
  }
  return undefined;
}

function mergedMaps(map: YAMLMap, document: Document): YAMLMap[] {
  return map.items
    .filter(({ key }) => isMergeKey(key))
    .flatMap(({ value }) => {
      const node = resolved(value, document);
      const sources = node !== null && 'items' in node && !isMap(node) ? (node.items as unknown[]) : [node];
      return sources.map((source) => resolved(source, document)).filter((it) => isMap(it));
    });
}
