import { type Document, isMap, isNode, LineCounter, parseDocument, Scalar } from 'yaml';
import { printable } from '../../lib/printable.ts';
import { type Environments, environmentsSchema } from './environment.ts';

/** One value to be written, by its keys from the top of the file. */
export interface Edit {
  readonly path: readonly string[];
  readonly value: string | boolean | Remove;
}

/** Instead of a value: its key goes. */
export const REMOVE = Symbol('remove');
type Remove = typeof REMOVE;

/** The text holds no environments. `reason` is the end of a sentence and shows nothing of the text. */
export class NotEnvironments extends Error {
  override readonly name = 'NotEnvironments';
}

/** Reads the text of the file. Throws `NotEnvironments`. */
export function environmentsIn(text: string): Environments {
  return environmentsOf(documentOf(text));
}

/** The text with the edits made in it: comments, order and keys that are not ours stay. Throws `NotEnvironments`. */
export function edited(text: string, edits: readonly Edit[]): string {
  const document = documentOf(text);
  if (!isMap(document.contents)) document.contents = document.createNode({}) as typeof document.contents;
  for (const edit of edits) make(edit, document);
  return withAliases(() => document.toString({ lineWidth: 0 }));
}

/**
 * Scalars stay the texts they are written as: what reads like a number elsewhere is a text to the original as
 * well, and whatever is not edited is written back to the letter.
 */
function documentOf(text: string): Document {
  const lineCounter = new LineCounter();
  const document = parseDocument(text, {
    schema: 'failsafe',
    customTags: ['null', 'merge'],
    prettyErrors: false,
    lineCounter,
  });
  const [problem] = document.errors;
  if (problem === undefined) return document;
  const { line } = lineCounter.linePos(problem.pos[0]);
  throw new NotEnvironments(`line ${line} is not valid YAML (${problem.code})`);
}

function environmentsOf(document: Document): Environments {
  const read = environmentsSchema.safeParse(withAliases(() => document.toJS({ maxAliasCount: 100 })));
  if (read.success) return read.data;
  const [issue] = read.error.issues;
  const path = printable(issue?.path.join('.') || 'the file');
  throw new NotEnvironments(
    `${path} ${issue?.code === 'custom' ? `cannot be used: ${issue.message}` : 'is not of the kind that is expected there'}`,
  );
}

/** What `made` makes of the document, which may name by * what is not there, or what an edit has removed. */
function withAliases<T>(made: () => T): T {
  try {
    return made();
  } catch {
    // The message would repeat what follows a *, which may be a token that should be quoted.
    throw new NotEnvironments('it has a * that names nothing, or too many of them');
  }
}

function make({ path, value }: Edit, document: Document): void {
  if (value === REMOVE) {
    if (document.hasIn(path)) document.deleteIn(path);
    return;
  }
  const keys = path.map((key) => scalar(key));
  for (let depth = 1; depth < keys.length; depth += 1) openMap(document, keys.slice(0, depth));
  const before = document.getIn(keys, true);
  const node = scalar(value);
  if (before instanceof Scalar) node.comment = before.comment ?? null;
  document.setIn(keys, node);
}

/** Puts a map where nothing is yet. */
function openMap(document: Document, keys: readonly Scalar[]): void {
  const found = document.getIn(keys, true);
  if (isMap(found)) return;
  if (isNode(found) && !(found instanceof Scalar && found.value === null)) {
    throw new NotEnvironments(
      `${printable(keys.map(({ value }) => value).join('.'))} is written in a way that only a person can change`,
    );
  }
  document.setIn(keys, document.createNode({}));
}

/** What YAML 1.1 (and so the original) takes for something else than a text. */
const AMBIGUOUS =
  /^([-+.]?[\d_][\dA-Fa-f_.,:xo+-]*|[-+]?\.(inf|nan)|y|yes|n|no|on|off|true|false|null|~|=|)$/i;

function scalar(value: string | boolean): Scalar<string> {
  const made = new Scalar(String(value));
  made.type = typeof value === 'string' && AMBIGUOUS.test(value) ? Scalar.QUOTE_DOUBLE : Scalar.PLAIN;
  return made;
}
