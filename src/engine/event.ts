import { z } from 'zod';

/**
 * Reads what the Engine's webhook sends. The result says which clone to look at, and never what to do:
 * the Engine is asked for the rest, so the port, the user and every other field are not even read.
 */
export type WebhookEvent = Hint | Ignored | Refused;

export interface Hint {
  readonly kind: 'hint';
  readonly event: 'create' | 'delete' | 'reset';
  readonly cloneId: string;
}

interface Ignored {
  readonly kind: 'ignored';
  readonly reason: string;
}

/** `reason` is a sentence that holds nothing of the body. */
interface Refused {
  readonly kind: 'refused';
  readonly reason: string;
}

const EVENTS: ReadonlyMap<unknown, Hint['event']> = new Map([
  ['clone_create', 'create'],
  ['clone_delete', 'delete'],
  ['clone_reset', 'reset'],
]);

/** The Engine sets no limit; its own files and containers cannot bear names of more than 255 bytes. */
const cloneId = z
  .string()
  .min(1)
  .max(255)
  .regex(/^\P{Cc}+$/u);

/**
 * Reads the body of a webhook. It must be one JSON object in UTF-8; a byte order mark before it is
 * forgiven, anything after it is not, and of a key given twice the last counts. Never throws.
 */
export function readEvent(body: Uint8Array): WebhookEvent {
  const document = parse(body);
  if (typeof document !== 'object' || document === null || Array.isArray(document)) {
    return refused('The body is not a JSON object.');
  }
  const { event_type: type, entity_id: id } = document as Record<string, unknown>;
  const event = EVENTS.get(type);
  if (event === undefined) return ignored(type);
  const parsed = cloneId.safeParse(id);
  if (!parsed.success) return refused('The event names no clone: entity_id is missing or unusable.');
  return { kind: 'hint', event, cloneId: parsed.data };
}

function parse(body: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(body));
  } catch {
    return undefined;
  }
}

function ignored(type: unknown): Ignored {
  const reason =
    type === undefined ? 'There is no event_type.' : 'This event does not concern the life of a clone.';
  return { kind: 'ignored', reason };
}

function refused(reason: string): Refused {
  return { kind: 'refused', reason };
}
