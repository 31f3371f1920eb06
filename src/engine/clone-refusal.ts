import { EngineError, type EngineErrorCode } from './error.ts';

interface Facts {
  /** As it stands in the path; empty for a new clone. */
  readonly id: string;
  /** The Engine's own words. */
  readonly said: string;
}

interface Row {
  readonly said: RegExp;
  readonly code: EngineErrorCode;
  readonly sentence: (facts: Facts) => string;
}

const rows: readonly Row[] = [
  {
    said: /^clone is protected$/,
    code: 'protected',
    sentence: ({ id }) =>
      `Clone ${id} is protected and cannot be destroyed. Take its protection off first: dblab clone update ${id} --protected false.`,
  },
  {
    said: /^clone is not started yet$/,
    code: 'refused',
    sentence: ({ id }) =>
      `Clone ${id} was never ready and cannot be reset. "dblab clone status ${id}" shows why; if it failed, destroy it and create another.`,
  },
  {
    said: /^password validation: /,
    code: 'refused',
    sentence: ({ said }) =>
      `The DBLab Engine finds the password too weak: ${said.replace('password validation: ', '')}. It wants 60 bits of entropy; "dblab clone create" without a password makes a strong one.`,
  },
  {
    said: /^clone with ID .* already exists$/,
    code: 'refused',
    sentence: ({ said }) =>
      `The DBLab Engine says: ${said}. Choose another --id, or destroy that clone first ("dblab clone list" shows it).`,
  },
  {
    said: /no snapshot found|invalid snapshot ID/,
    code: 'refused',
    sentence: () =>
      'The DBLab Engine has no such snapshot. "dblab snapshot list" shows those it has; without --snapshot-id the newest is taken.',
  },
  {
    said: /dataset of the branch/,
    code: 'refused',
    sentence: ({ said }) =>
      `The DBLab Engine has no branch${said.replace(/^.*dataset of the branch:?/, '')}. "dblab branch" lists those it has.`,
  },
  {
    said: /billing is not active/,
    code: 'refused',
    sentence: () =>
      'The DBLab Engine makes no clones because its billing is not active. Activate it in the web interface of the Engine, or ask whoever runs it.',
  },
];

/** What the Engine says against an order about clones, with what to do about it; undefined for anything else. */
export function cloneRefused(asked: string, said: string): EngineError | undefined {
  const path = /^\w+ \/clone(?:\/(?<id>[^/]*)|$)/.exec(asked);
  const row = path === null ? undefined : rows.find((candidate) => candidate.said.test(said));
  return row && new EngineError(row.code, row.sentence({ id: path?.groups?.['id'] ?? '', said }));
}
