/** What is wrong, in sentences for people: the same ones in the log, in /readyz and on the page. Pure. */
import type { Resource } from '../teleport/resource.ts';
import { APP_KEY } from './change.ts';
import type { Failure } from './queue.ts';
import type { Status } from './status.ts';

/** How many things of a kind are named before the rest is only counted. */
const NAMED = 5;

/** One sentence (or a few) per kind of trouble; none on a quiet day. */
export function troublesOf(status: Status): string[] {
  const { held, conflicts, failures, clones } = status;
  const disputed = clones.filter((clone) => clone.standing === 'disputed').map((clone) => clone.id);
  return [
    ...(held.length > 0 ? [heldSentence(held)] : []),
    ...(disputed.length > 0 ? [disputedSentence(disputed)] : []),
    ...conflicts.map((conflict) => conflictSentence(conflict.holder)),
    ...failureSentences(failures),
    ...quarrelSentences(status),
    ...serviceSentences(status),
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
  for (const failure of failures.filter((it) => !isLag(it))) {
    const why = failure.error.message + (isHidden(failure) ? HIDDEN : '');
    groups.set(why, [...(groups.get(why) ?? []), failure.key === APP_KEY ? 'the app' : failure.key]);
  }
  return [...groups].map(([why, keys]) => `Not in step: ${named(keys)}. ${why}`);
}

/** While Teleport does not show what was just written, a refusal or two are its ordinary ways. */
const ORDINARY_REFUSALS = 4;

function isLag({ error, failures }: Failure): boolean {
  return error.code === 'not-found' && failures <= ORDINARY_REFUSALS;
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

function quarrelSentences({ quarrels, environment }: Status): string[] {
  if (quarrels.length === 0) return [];
  return [
    `Somebody undoes our changes of ${named(quarrels)} again and again: another sidecar of environment ` +
      `${JSON.stringify(environment)} with other options or another Engine, or a tool that owns the same names. ` +
      'Give each Engine an environment id of its own.',
  ];
}

function serviceSentences({ service, environment, cloneHost }: Status): string[] {
  const matcher = `dblab: "true" and environment: ${JSON.stringify(environment)}`;
  const found: string[] = [];
  if (service.unserved.length > 0) {
    found.push(
      `No agent serves ${named(service.unserved)}, so nobody can connect. An agent on the host of the clones ` +
        `must match the labels ${matcher} (db_service.resources in its teleport.yaml).`,
    );
  }
  const shared = [...service.servers].filter(
    ([, servers]) => new Set(servers.map((it) => it.hostId)).size > 1,
  );
  if (shared.length > 0 && LOOPBACK.test(cloneHost)) {
    const hosts = new Set(shared.flatMap(([, servers]) => servers.map((it) => it.host)));
    found.push(
      `Agents on ${named([...hosts])} serve ${named(shared.map(([name]) => name))}, and each dials its own ` +
        `${cloneHost}: a share of the connections reaches the wrong host. Let only the agent of the clones' ` +
        `host match ${matcher} (db_service.resources in teleport.yaml).`,
    );
  }
  return found;
}

const LOOPBACK = /^(127\.|localhost$|\[?::1\]?$)/;
