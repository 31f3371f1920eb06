/**
 * What the program registers in Teleport. These are the fields that we own; `source` is the document
 * (or message) the resource was read from, kept so that an update can start from it and lose nothing.
 * `expires` is when Teleport removes it by itself, in milliseconds since the epoch, whole seconds.
 */
export type Resource = Database | App;

export interface Database {
  readonly kind: 'db';
  readonly name: string;
  readonly labels: Labels;
  readonly protocol: string;
  /** `host:port`, the address the agent dials. */
  readonly uri: string;
  readonly tlsMode: TlsMode;
  readonly expires?: number;
  readonly source?: unknown;
}

export interface App {
  readonly kind: 'app';
  readonly name: string;
  readonly labels: Labels;
  readonly uri: string;
  readonly insecureSkipVerify: boolean;
  readonly expires?: number;
  readonly source?: unknown;
}

export type Labels = Readonly<Record<string, string>>;

export type TlsMode = 'verify-full' | 'verify-ca' | 'insecure';

/** Numbered as in Teleport's documents and messages: 0 verify-full, 1 verify-ca, 2 insecure. */
export const TLS_MODES: readonly TlsMode[] = ['verify-full', 'verify-ca', 'insecure'];

/** Two resources with the same reference are the same thing to Teleport: `db/NAME` or `app/NAME`. */
export function reference(resource: Pick<Resource, 'kind' | 'name'>): string {
  return `${resource.kind}/${resource.name}`;
}

/** The port at the end of a database's address, or undefined where there is none. */
export function portOf(uri: string): number | undefined {
  const digits = /:(\d{1,5})$/.exec(uri)?.[1];
  return digits === undefined ? undefined : Number(digits);
}
