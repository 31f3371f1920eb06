/** Places in the text of a document. Pure. */
import { isCollection, isPair, type Node, type YAMLMap, type YAMLSeq } from 'yaml';

export function splice(text: string, start: number, end: number, put: string): string {
  return text.slice(0, start) + put + text.slice(end);
}

/** How many characters stand before it on its line, a byte order mark not counted. */
export function columnOf(text: string, offset: number): number {
  const start = text.lastIndexOf('\n', offset - 1) + 1;
  return offset - start - (start === 0 && text.startsWith('\ufeff') ? 1 : 0);
}

/** The document's own way to end a line. */
export function eolOf(text: string): string {
  return /\r\n/.test(text) ? '\r\n' : '\n';
}

/** Where the next line begins, or the end of the text. */
export function lineEndAfter(text: string, offset: number): number {
  // A text of several lines ends with its line.
  if (offset > 0 && text[offset - 1] === '\n') return offset;
  const end = text.indexOf('\n', offset);
  return end === -1 ? text.length : end + 1;
}

/** Behind the last thing that a collection holds, within its braces where it has some. */
export function lastOffset(collection: YAMLMap | YAMLSeq): number {
  return Math.max(...collection.items.map(endOf));
}

/** As a whole, braces included. A key without a value ends with its colon. */
function endOf(node: unknown): number {
  if (isPair(node)) return Math.max(endOf(node.value), endOf(node.key) + 1);
  if (isCollection(node) && !node.flow && node.items.length > 0) return lastOffset(node as YAMLMap | YAMLSeq);
  return (node as Node | null)?.range?.[1] ?? 0;
}
