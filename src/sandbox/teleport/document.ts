import type { UnknownField } from '@bufbuild/protobuf';

/**
 * A database or app as the stand-in cluster keeps it: what Teleport knows of a document, defaults not
 * filled in. Documents are never changed in place, so views may share them.
 */
export interface Document {
  readonly kind: Kind;
  readonly version: 'v3';
  readonly metadata: Metadata;
  readonly spec: Spec;
  readonly unread?: Unread;
}

/** Fields of a message that came over gRPC and that nobody here knows, kept as they came. */
export interface Unread {
  readonly document?: readonly UnknownField[] | undefined;
  readonly metadata?: readonly UnknownField[] | undefined;
  readonly spec?: readonly UnknownField[] | undefined;
  readonly tls?: readonly UnknownField[] | undefined;
}

/** What is kept per name and can be created, updated and removed. */
export type Kind = 'db' | 'app';

interface Metadata {
  readonly name: string;
  readonly description?: string;
  readonly labels: Readonly<Record<string, string>>;
  /** RFC 3339; the document vanishes by itself at that time. */
  readonly expires?: string;
  /** New on every write. */
  readonly revision: string;
  /** Teleport 15 only: nanoseconds of the last write. */
  readonly id?: number;
}

interface Spec {
  readonly uri: string;
  readonly [field: string]: unknown;
}

/** A document as somebody hands it in: Teleport adds the revision. */
export interface Draft extends Omit<Document, 'metadata'> {
  readonly metadata: Omit<Metadata, 'revision' | 'id'>;
}

/** The two generations whose words and documents the stand-in knows. */
export type TeleportVersion = '18.0.0' | '15.1.4';

export const ORIGIN_LABEL = 'teleport.dev/origin';

/** Teleport says of each document where it came from, and adds `dynamic` where nobody said anything. */
export function withOrigin(draft: Draft): Draft {
  const labels = { [ORIGIN_LABEL]: 'dynamic', ...draft.metadata.labels };
  return { ...draft, metadata: { ...draft.metadata, labels } };
}

export const byName = (a: Document, b: Document): number => (a.metadata.name < b.metadata.name ? -1 : 1);
