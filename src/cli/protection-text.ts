interface Protectable {
  readonly protected?: boolean | null | undefined;
  readonly protectedTill?: string | null | undefined;
}

/** What a table says of the protection of a snapshot or a branch. */
export function protectionText({ protected: on, protectedTill }: Protectable): string {
  if (!on) return 'no';
  return protectedTill ? `until ${protectedTill}` : 'for ever';
}
