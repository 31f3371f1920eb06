/** What is wrong, in sentences for people: the same ones in the log, in /readyz and on the page. Pure. */
import type { Resource } from '../teleport/resource.ts';
import { APP_KEY } from './change.ts';
import type { Failure } from './queue.ts';
import type { Status } from './status.ts';

/** How many things of a kind are named before the rest is only counted. */
const NAMED = 5;

/** One sentence (or a few) per kind of trouble; none on a quiet day. */
export function troublesOf({ held, conflicts, failures, clones }: Status): string[] {
  const disputed = clones.filter((clone) => clone.standing === 'disputed').map((clone) => clone.id);
  return [
    ...(held.length > 0 ? [heldSentence(held)] : []),
    ...(disputed.length > 0 ? [disputedSentence(disputed)] : []),
    ...conflicts.map((conflict) => conflictSentence(conflict.holder)),
    ...failureSentences(failures),
  ];
}

/** Why the guard holds removals. */
export function heldSentence(held: readonly string[]): string {
  return (
    `Removals are held: the Engine suddenly lists no trace of ${named(held)}. ` +
    'They are carried out when it has said so three times over a minute.'
  );
}

function disputedSentence(ids: readonly string[]): string {
  return `The Engine gives one port to several ready clones (${named(ids)}): none of them is offered until it lists one.`;
}

function conflictSentence({ kind, name }: Resource): string {
  return (
    `${kind}/${name} exists in Teleport and was not made by this program, so it is left alone. ` +
    `Rename or remove it (tctl rm ${kind}/${name}); the clone is then registered by the next look.`
  );
}

/** The same refusal of many things is one sentence. */
function failureSentences(failures: readonly Failure[]): string[] {
  const groups = new Map<string, string[]>();
  for (const failure of failures) {
    const why = failure.error.message + (isHidden(failure) ? HIDDEN : '');
    groups.set(why, [...(groups.get(why) ?? []), failure.key === APP_KEY ? 'the app' : failure.key]);
  }
  return [...groups].map(([why, keys]) => `Not in step: ${named(keys)}. ${why}`);
}

/** Lists lag by a second or more; what they do not show for this long is hidden from our role. */
const HIDDEN_AFTER_MS = 30_000;

const HIDDEN =
  ' The list does not show it, so our role may not see it: somebody else holds the name, or the db_labels' +
  ' (app_labels) of the role do not cover it. Widen them, or remove what holds the name.';

function isHidden({ error, since, until }: Failure): boolean {
  return error.code === 'already-exists' && until - since > HIDDEN_AFTER_MS;
}

function named(things: readonly string[]): string {
  const shown = things.slice(0, NAMED).map((thing) => JSON.stringify(thing));
  const rest = things.length - shown.length;
  return shown.join(', ') + (rest > 0 ? ` and ${rest} more` : '');
}
