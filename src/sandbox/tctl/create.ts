import type { Session } from '../teleport/auth.ts';
import type { Draft } from '../teleport/document.ts';
import { ORIGIN_LABEL } from '../teleport/document.ts';
import { Refusal } from '../teleport/refusal.ts';
import { parseDocument } from '../teleport/rules.ts';
import { noun } from '../teleport/words.ts';
import { documentsIn } from './documents.ts';
import type { TctlAnswer } from './protocol.ts';
import * as words from './words.ts';

/** `tctl create [-f]`: stops at the first document that is refused; those before it have been carried out. */
export function create(session: Session, input: string, force: boolean): TctlAnswer {
  let stdout = '';
  try {
    for (const value of documentsIn(input)) stdout += createOne(session, value, force);
  } catch (error) {
    if (error instanceof Refusal) return words.failure(error.message, stdout);
    throw error;
  }
  return stdout === '' ? words.failure('no resources found, empty input?') : words.success(stdout);
}

function createOne(session: Session, value: unknown, force: boolean): string {
  const kind: unknown = Object(value).kind;
  const { administration } = session;
  if (kind === 'role') return administration.putRole(Object(value), force);
  if (kind === 'user') return administration.putUser(Object(value), force);
  if (kind !== 'db' && kind !== 'app')
    throw new Refusal('invalid', `creating resources of type "${kind ?? ''}" is not supported`);
  const draft = parseDocument(value);
  const label = `${noun(draft.kind)} "${draft.metadata.name}"`;
  try {
    session.create(draft.kind === 'db' ? dynamic(draft) : draft);
    return `${label} has been created\n`;
  } catch (error) {
    if (!(error instanceof Refusal && error.code === 'exists')) throw error;
    if (!force) throw new Refusal('exists', `use -f or --force flag to overwrite\n\t${error.message}`);
    session.update(draft.kind === 'db' ? dynamic(draft) : draft);
    return `${label} has been updated\n`;
  }
}

/** tctl calls each database dynamic, whatever the document says; an app keeps what it says. */
function dynamic(draft: Draft): Draft {
  const labels = { ...draft.metadata.labels, [ORIGIN_LABEL]: 'dynamic' };
  return { ...draft, metadata: { ...draft.metadata, labels } };
}
