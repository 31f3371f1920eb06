/** Tells whoever listens that something may look different; what, they ask themselves. */
export class News {
  readonly #listeners = new Set<() => void>();

  publish(): void {
    for (const listener of [...this.#listeners]) listener();
  }

  /** Answers how to stop listening. */
  subscribe(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }
}
