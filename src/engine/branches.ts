import { z } from 'zod';
import type { Requests } from './requests.ts';
import { branchPath } from './resource-path.ts';
import type { ProtectionChange } from './snapshots.ts';

/* Branches and their history as the Engine's own documents, with their keys in its order. */

export type BranchDocument = z.output<typeof branchDocument>;
export type CommitDocument = z.output<typeof commitDocument>;

const branchDocument = z.looseObject({
  name: z.string(),
  baseDataset: z.string().nullish(),
  parent: z.string().nullish(),
  dataStateAt: z.string().nullish(),
  snapshotID: z.string().nullish(),
  dataset: z.string().nullish(),
  numSnapshots: z.number().nullish(),
  protected: z.boolean().nullish(),
  protectedTill: z.string().nullish(),
  deleteAt: z.string().nullish(),
});

const commitDocument = z.looseObject({
  id: z.string(),
  parent: z.string().nullish(),
  child: z.array(z.string()).nullish(),
  branch: z.array(z.string()).nullish(),
  root: z.array(z.string()).nullish(),
  dataStateAt: z.string().nullish(),
  message: z.string().nullish(),
});

export interface BranchOrder {
  readonly branchName: string;
  readonly baseBranch: string;
  /** Wins over the base; empty: the newest of the base. */
  readonly snapshotID: string;
}

/** One for each pool that has it: names may repeat. */
export function readBranches({ read }: Requests, signal: AbortSignal): Promise<BranchDocument[]> {
  return read({ method: 'GET', path: '/branches' }, z.array(branchDocument), signal);
}

export async function createBranch(
  order: BranchOrder,
  { read }: Requests,
  signal: AbortSignal,
): Promise<string> {
  const answer = z.object({ name: z.string() });
  const { branchName, baseBranch, snapshotID } = order;
  const body = `${JSON.stringify({ branchName, baseBranch, snapshotID })}\n`;
  return (await read({ method: 'POST', path: '/branch', body }, answer, signal)).name;
}

export function protectBranch(
  name: string,
  change: ProtectionChange,
  { read, place }: Requests,
  signal: AbortSignal,
): Promise<BranchDocument> {
  const body = `${JSON.stringify(change)}\n`;
  return read({ method: 'PATCH', path: branchPath(name, place), body }, branchDocument, signal);
}

export async function deleteBranch(
  name: string,
  { read, place }: Requests,
  signal: AbortSignal,
): Promise<void> {
  await read({ method: 'DELETE', path: branchPath(name, place) }, z.looseObject({}), signal);
}

/** The history of a branch, newest first. */
export function readLog(
  name: string,
  { read, place }: Requests,
  signal: AbortSignal,
): Promise<CommitDocument[]> {
  return read({ method: 'GET', path: `${branchPath(name, place)}/log` }, z.array(commitDocument), signal);
}

/** Makes the data of a clone the newest snapshot of its branch; resolves with the snapshot's id. */
export async function commitClone(
  { cloneId, message }: { readonly cloneId: string; readonly message: string },
  { read }: Requests,
  signal: AbortSignal,
): Promise<string> {
  const body = `${JSON.stringify({ cloneID: cloneId, message })}\n`;
  const answer = z.object({ snapshotID: z.string() });
  return (await read({ method: 'POST', path: '/branch/snapshot', body }, answer, signal)).snapshotID;
}
