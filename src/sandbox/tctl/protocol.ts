/**
 * What the stand-in tctl and the stand-in cluster say to each other: one line of JSON each way, and the
 * connection is over. The private key of the identity stays with tctl.
 */
export interface TctlRequest {
  readonly args: readonly string[];
  /** What is on standard input or in the file that `create` names; empty for every other command. */
  readonly stdin: string;
  readonly identity: IdentityFile;
}

/** What became of reading the identity file. */
export type IdentityFile =
  | { readonly state: 'missing' }
  | { readonly state: 'garbled'; readonly reason: string }
  | { readonly state: 'read'; readonly certificate: string };

export interface TctlAnswer {
  readonly exit: number;
  readonly stdout: string;
  readonly stderr: string;
  /** What tctl itself writes to the file that `-o` names, for its owner alone. */
  readonly file?: string;
}

export const MAX_REQUEST_BYTES = 16 * 1024 * 1024;
