/** `auto` is the API where it can be reached, else tctl. */
export const TRANSPORTS = ['auto', 'api', 'tctl'] as const;
export type Transport = (typeof TRANSPORTS)[number];
