/** What setup is about to do, as values: shown, written elsewhere, or carried out. */

/** An account of the host by name, or its numbers. */
export type Owner = { readonly user: string } | { readonly uid: number; readonly gid: number };

export type Change = FileChange | FolderChange | PermissionsChange | ClusterChange | CommandChange;

export interface FileChange {
  readonly kind: 'file';
  /** As the host's programs name it. */
  readonly path: string;
  /** Undefined: there is none yet. */
  readonly before: string | undefined;
  readonly after: string;
  readonly mode: number;
  readonly owner?: Owner;
  /** What it holds is shown to nobody. */
  readonly isSecret?: true;
}

export interface FolderChange {
  readonly kind: 'folder';
  readonly path: string;
  readonly mode: number;
  readonly owner?: Owner;
}

/** Of a file or folder that stays as it is otherwise. */
export interface PermissionsChange {
  readonly kind: 'permissions';
  readonly path: string;
  readonly mode: number;
  readonly owner?: Owner;
  /** How they are now, for people. */
  readonly was: string;
}

/** In Teleport, as an administrator. */
export interface ClusterChange {
  readonly kind: 'cluster';
  /** Imperative, without a full stop: `Create the role dblab-bot`. */
  readonly what: string;
  /** What an administrator would type elsewhere. */
  readonly byHand: string;
  readonly document?: { readonly name: string; readonly before?: string; readonly text: string };
  readonly carryOut: (signal: AbortSignal) => Promise<void>;
}

/** A program of this host. */
export interface CommandChange {
  readonly kind: 'command';
  readonly command: readonly [string, ...string[]];
  readonly what: string;
}

/** One line for people. */
export function titleOf(change: Change): string {
  switch (change.kind) {
    case 'file':
      return `${change.before === undefined ? 'Create' : 'Edit'} ${change.path}`;
    case 'folder':
      return `Create the folder ${change.path}`;
    case 'permissions':
      return `Correct the permissions of ${change.path}`;
    case 'cluster':
    case 'command':
      return change.what;
  }
}
