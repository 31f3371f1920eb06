import { isMap, isNode, isScalar, visit } from 'yaml';
import { isMergeKey, parse, plainOf } from './parse.ts';

export interface YamlReading {
  /** With anchors, aliases and merge keys resolved. */
  readonly value: unknown;
  readonly anchorsDefinedTwice: readonly { readonly name: string; readonly lines: readonly number[] }[];
  readonly keysDefinedTwice: readonly {
    readonly path: readonly string[];
    readonly lines: readonly number[];
  }[];
}

/** Reads one document. Throws a `YamlError`. */
export function readYaml(text: string): YamlReading {
  const { document, lineOf } = parse(text);
  const anchors = new Map<string, number[]>();
  const keys = new Map<string, { path: string[]; lines: number[] }>();
  visit(document, {
    Node(_key, node) {
      if (!('anchor' in node) || !node.anchor) return;
      anchors.set(node.anchor, [...(anchors.get(node.anchor) ?? []), lineOf(node.range?.[0] ?? 0)]);
    },
    Pair(_key, { key }, path) {
      if (!isScalar(key) || isMergeKey(key)) return;
      const names = [...namesOn(path), String(key.value)];
      const id = JSON.stringify([names, idOf(path.at(-1))]);
      const known = keys.get(id) ?? { path: names, lines: [] };
      known.lines.push(lineOf(key.range?.[0] ?? 0));
      keys.set(id, known);
    },
  });
  return {
    value: plainOf(document),
    anchorsDefinedTwice: [...anchors].flatMap(([name, lines]) => (lines.length > 1 ? [{ name, lines }] : [])),
    keysDefinedTwice: [...keys.values()].filter(({ lines }) => lines.length > 1),
  };
}

function namesOn(path: readonly unknown[]): string[] {
  return path.flatMap((step) => {
    const key = Object(step).key;
    return isScalar(key) && !isMap(step) ? [String(key.value)] : [];
  });
}

/** Items of a list have the same path: where the map begins tells them apart. */
function idOf(map: unknown): number {
  return isNode(map) ? (map.range?.[0] ?? 0) : 0;
}
