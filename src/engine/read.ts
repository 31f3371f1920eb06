import type { z } from 'zod';
import type { Answer } from './exchange.ts';

export type Reading<T> = { readonly value: T } | { readonly problem: string };

/** The JSON of an answer in the shape of `schema`, or what is wrong with it, as half a sentence. */
export function readAnswer<T>(answer: Answer, schema: z.ZodType<T>): Reading<T> {
  let json: unknown;
  try {
    json = JSON.parse(answer.text);
  } catch {
    return { problem: notJson(answer) };
  }
  const parsed = schema.safeParse(json);
  return parsed.success ? { value: parsed.data } : { problem: firstProblem(parsed.error, json) };
}

function notJson(answer: Answer): string {
  if (answer.text === '') return 'it is empty';
  if (/html/i.test(answer.contentType) || answer.text.trimStart().startsWith('<')) {
    return 'it is a web page (HTML) and not JSON';
  }
  return `it is not valid JSON (${Buffer.byteLength(answer.text)} bytes, perhaps cut off)`;
}

/** Names the object at fault by its id, where it has one: a place in a list of hundreds helps nobody. */
function firstProblem(error: z.ZodError, json: unknown): string {
  const [issue] = error.issues;
  if (issue === undefined) return error.message;
  let at: unknown = json;
  let owner = '';
  for (const key of issue.path) {
    at = isObject(at) ? at[String(key)] : undefined;
    if (isObject(at) && typeof at['id'] === 'string')
      owner = `${kindOf(at['id'])} ${JSON.stringify(at['id'])}, `;
  }
  return `${owner}${issue.path.join('.') || 'the whole'}: ${issue.message}`;
}

/** Ids of snapshots hold an `@`, those of clones never do. */
function kindOf(id: string): string {
  return id.includes('@') ? 'snapshot' : 'clone';
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}
