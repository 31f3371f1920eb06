/** New YAML for values of ours, in the style that people write configurations in. Pure. */
export type YamlValue =
  | string
  | number
  | boolean
  | readonly YamlValue[]
  | { readonly [key: string]: YamlValue };

/** Words that YAML 1.1 or 1.2 reads as something else than a text. */
const RESERVED = /^(true|false|yes|no|on|off|y|n|null|~)$/i;

export function isCollection(value: YamlValue): value is Exclude<YamlValue, string | number | boolean> {
  return typeof value === 'object';
}

/** On one line; a text is quoted unless it is a mere word. */
export function flowOf(value: YamlValue): string {
  if (isList(value)) return `[${value.map(flowOf).join(', ')}]`;
  if (!isCollection(value)) return scalarOf(value);
  return `{${Object.entries(value)
    .map(([key, it]) => `${keyOf(key)}: ${flowOf(it)}`)
    .join(', ')}}`;
}

/** The lines of a map or a list, without indentation of their own; lists of mere scalars stay on one line. */
export function blockOf(value: Exclude<YamlValue, string | number | boolean>): string[] {
  if (isList(value)) return value.flatMap(itemOf);
  return Object.entries(value).flatMap(([key, it]) => pairOf(key, it));
}

/** The lines of `key: value`. */
export function pairOf(key: string, value: YamlValue): string[] {
  const isInline = !isCollection(value) || (isList(value) && !value.some(isCollection));
  if (isInline) return [`${keyOf(key)}: ${flowOf(value)}`];
  return [`${keyOf(key)}:`, ...blockOf(value).map((line) => `  ${line}`)];
}

/** The lines of `- value`. */
export function itemOf(value: YamlValue): string[] {
  if (!isCollection(value) || isList(value)) return [`- ${flowOf(value)}`];
  return blockOf(value).map((line, index) => `${index === 0 ? '- ' : '  '}${line}`);
}

export function scalarOf(value: string | number | boolean): string {
  if (typeof value !== 'string') return String(value);
  return /^[A-Za-z][\w-]*$/.test(value) && !RESERVED.test(value) ? value : JSON.stringify(value);
}

function keyOf(key: string): string {
  return /^[A-Za-z_][\w./-]*$/.test(key) && !RESERVED.test(key) ? key : JSON.stringify(key);
}

function isList(value: YamlValue): value is readonly YamlValue[] {
  return Array.isArray(value);
}
