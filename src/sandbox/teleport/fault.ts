/** What is wrong with the stand-in cluster, as seen by whoever calls it. */
export type Fault =
  /** Takes the call and never answers. */
  | { readonly kind: 'hang' }
  /** Does as told at once but answers late: whoever loses patience has written nevertheless. */
  | { readonly kind: 'slow'; readonly ms: number }
  /** Refuses every call with this text, over gRPC with the code: 14, unavailable, unless told otherwise. */
  | { readonly kind: 'refuse'; readonly text: string; readonly code?: number }
  /** Cuts the connection of a create once so many documents have been written over it. */
  | { readonly kind: 'drop'; readonly afterDocuments: number };
