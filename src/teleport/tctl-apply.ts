/**
 * Carries out changes with as few runs of tctl as it takes. Creates are packed into runs of many documents,
 * updates likewise, with `-f`; removes are one run each, a few side by side.
 *
 * tctl stops at the first document that it is refused, and prints a line for each one before it: k lines
 * mean that document k + 1 is the bad one, and the next run starts behind it.
 */
import { toDocument, toUpdatedDocument } from './document.ts';
import type { TeleportError } from './error.ts';
import { reference } from './resource.ts';
import { Ledger } from './tctl-ledger.ts';
import { writeDocuments } from './tctl-yaml.ts';
import { type Change, type Outcome, subject } from './teleport.ts';

/** What a run left behind; `error` is explained, as far as `change` tells what was refused. */
export interface TctlAnswer {
  readonly stdout: string;
  readonly error: ((change: Change) => TeleportError) | undefined;
}

export type AskTctl = (args: readonly string[], input?: string) => Promise<TctlAnswer>;

const MOST_DOCUMENTS_PER_RUN = 500;
const REMOVES_AT_ONCE = 4;

/** One outcome per change, in their order. Rejects only when `ask` does. */
export async function applyChanges(ask: AskTctl, changes: readonly Change[]): Promise<Outcome[]> {
  const ledger = new Ledger();
  await writePacked(ask, ledger, ['create'], byAction(changes, 'create'));
  await writePacked(ask, ledger, ['create', '-f'], byAction(changes, 'update'));
  await removeAll(ask, ledger, byAction(changes, 'delete'));
  return ledger.outcomes(changes);
}

/** Databases first, so that a role that may not touch the app spoils nothing. */
function byAction(changes: readonly Change[], action: Change['action']): Change[] {
  const found = changes.filter((it) => it.action === action);
  const ofKind = (kind: string) => found.filter((it) => subject(it).kind === kind);
  return [...ofKind('db'), ...ofKind('app')];
}

async function writePacked(
  ask: AskTctl,
  ledger: Ledger,
  args: readonly string[],
  changes: Change[],
): Promise<void> {
  let rest = ledger.worthTrying(changes);
  while (rest.length > 0) {
    const batch = rest.slice(0, MOST_DOCUMENTS_PER_RUN);
    const { stdout, error } = await ask(args, writeDocuments(batch.map(documentOf)));
    const done = error === undefined ? batch.length : countDone(stdout, batch);
    ledger.succeed(batch.slice(0, done));
    const refused = batch[done];
    if (refused !== undefined && error !== undefined) ledger.refuse(refused, error(refused));
    rest = ledger.worthTrying(rest.slice(refused === undefined ? done : done + 1));
  }
}

function documentOf(change: Change) {
  return change.action === 'update'
    ? toUpdatedDocument(change.resource, change.current)
    : toDocument(subject(change));
}

/** The lines are matched with the names in turn: a line about anything else counts for nothing. */
function countDone(stdout: string, batch: readonly Change[]): number {
  let done = 0;
  for (const line of stdout.split('\n')) {
    const name = /^(?:database|application|app) "(.*)" has been (?:created|updated)$/.exec(line)?.[1];
    const next = batch[done];
    if (next !== undefined && name === subject(next).name) done += 1;
  }
  return done;
}

async function removeAll(ask: AskTctl, ledger: Ledger, changes: readonly Change[]): Promise<void> {
  const queue = [...changes];
  const worker = async () => {
    for (let change = queue.shift(); change !== undefined; change = queue.shift()) {
      if (ledger.worthTrying([change]).length === 0) continue;
      const { error } = await ask(['rm', reference(subject(change))]);
      if (error === undefined) ledger.succeed([change]);
      else ledger.refuse(change, error(change));
    }
  };
  await Promise.all(Array.from({ length: REMOVES_AT_ONCE }, worker));
}
