import type { StatusDocument } from '../status-document.ts';

export type Clone = StatusDocument['clones'][number];

/** What of the clones is asked for. */
export interface Question {
  readonly search: string;
  readonly state: string;
  /** The first is 1. */
  readonly page: number;
}

export interface Selection extends Question {
  readonly clones: readonly Clone[];
  /** How many there are of what was asked for, and pages of them. */
  readonly found: number;
  readonly pages: number;
}

/** So many keep the page small, with thousands of clones as well. */
const PER_PAGE = 100;
const LONGEST_SEARCH = 255;

export const STATES = {
  all: () => true,
  registered: ({ standing }: Clone) => standing === 'registered',
  waiting: ({ standing }: Clone) => standing !== 'registered' && standing !== 'not-offered',
  unserved: ({ standing, servedBy }: Clone) => standing === 'registered' && servedBy?.length === 0,
  'not-offered': ({ standing }: Clone) => standing === 'not-offered',
} as const satisfies Record<string, (clone: Clone) => boolean>;

/** Reads the query of an address; what makes no sense counts as not said. */
export function questionIn(target: string): Question {
  const { searchParams } = new URL(target, 'http://page');
  const state = searchParams.get('state') ?? '';
  const page = Number(searchParams.get('page') ?? 1);
  return {
    search: (searchParams.get('q') ?? '').trim().slice(0, LONGEST_SEARCH),
    state: Object.hasOwn(STATES, state) ? state : 'all',
    page: Number.isSafeInteger(page) && page > 0 ? page : 1,
  };
}

/** What needs somebody stands first, then by id. */
export function select(clones: readonly Clone[], question: Question): Selection {
  const isAsked = STATES[question.state as keyof typeof STATES];
  const words = question.search.toLowerCase();
  const matches = ({ id, name }: Clone) =>
    words === '' || id.toLowerCase().includes(words) || (name?.toLowerCase().includes(words) ?? false);
  const found = clones.filter((clone) => isAsked(clone) && matches(clone)).sort(byNeed);
  const pages = Math.max(1, Math.ceil(found.length / PER_PAGE));
  const page = Math.min(question.page, pages);
  return {
    ...question,
    page,
    pages,
    found: found.length,
    clones: found.slice((page - 1) * PER_PAGE, page * PER_PAGE),
  };
}

function byNeed(a: Clone, b: Clone): number {
  const need = (clone: Clone) => Number(STATES.waiting(clone)) * 2 + Number(STATES.unserved(clone));
  return need(b) - need(a) || (a.id < b.id ? -1 : 1);
}
