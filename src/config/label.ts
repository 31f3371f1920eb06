import { accept, type Parsed, refuse } from '../lib/parsed.ts';

const RESERVED = new Set(['dblab', 'dblab_instance', 'clone_id', 'dblab_user', 'dblab_owner']);
const KEY = /^[A-Za-z0-9/._:*-]+$/;
const LONGEST_VALUE = 1_000;

/**
 * Reads labels of the form `key=value`. Those that the program writes itself, and Teleport's own, are
 * refused: a role that trusts them must be able to. `environment` may be overridden.
 */
export function parseLabels(texts: readonly string[]): Parsed<Readonly<Record<string, string>>> {
  const labels = new Map<string, string>();
  for (const text of texts) {
    const label = parseLabel(text);
    if (!label.ok) return refuse(`label ${JSON.stringify(text)}: ${label.reason}`);
    const [key, value] = label.value;
    if (labels.has(key)) return refuse(`label "${key}" is given more than once`);
    labels.set(key, value);
  }
  return accept(Object.freeze(Object.fromEntries(labels)));
}

function parseLabel(text: string): Parsed<readonly [key: string, value: string]> {
  const equals = text.indexOf('=');
  if (equals < 0) return refuse('it must be KEY=VALUE');
  const key = text.slice(0, equals).trim();
  const value = text.slice(equals + 1).trim();
  if (!KEY.test(key)) return refuse('its key may hold letters, digits and / . _ : * - only');
  if (RESERVED.has(key)) return refuse('this key is written by dblab itself');
  if (key.startsWith('teleport.dev/')) return refuse('keys under teleport.dev/ belong to Teleport');
  if (value === '') return refuse('its value is empty');
  if (value.length > LONGEST_VALUE) return refuse(`its value is longer than ${LONGEST_VALUE} characters`);
  if (/\p{Cc}/u.test(value)) return refuse('its value holds a control character');
  return accept([key, value]);
}
