/** Whatever is acquired leaves its release here; they run once, last in first out, and all of them. */
export class Releases {
  readonly #releases: (() => void | Promise<void>)[] = [];

  add(release: () => void | Promise<void>): void {
    this.#releases.push(release);
  }

  /** Rejects with the first failure, after every release had its turn. */
  async run(): Promise<void> {
    const failures: unknown[] = [];
    for (const release of this.#releases.splice(0).reverse()) {
      try {
        await release();
      } catch (error) {
        failures.push(error);
      }
    }
    if (failures.length > 0) throw failures[0];
  }
}
