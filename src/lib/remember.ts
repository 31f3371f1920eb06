/** Makes it when it is first asked for, and hands out the same from then on, a failure included. */
export function remember<T>(make: () => T): () => T {
  let made: { readonly value: T } | undefined;
  return () => {
    made ??= { value: make() };
    return made.value;
  };
}
