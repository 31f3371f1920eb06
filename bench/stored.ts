/** What Teleport holds of a run, and since when: both can be asked for before and after the fact. */
export class Stored {
  readonly #now: () => number;
  readonly #clones = new Map<string, number>();
  readonly #names = new Map<string, string>();
  readonly #counts: { readonly count: number; readonly at: number }[] = [];
  readonly #waiting = new Set<() => void>();

  constructor(now: () => number) {
    this.#now = now;
  }

  put(name: string, cloneId: string): void {
    this.#names.set(name, cloneId);
    if (!this.#clones.has(cloneId)) this.#clones.set(cloneId, this.#now());
    this.#changed();
  }

  remove(name: string): void {
    this.#clones.delete(this.#names.get(name) ?? '');
    this.#names.delete(name);
    this.#changed();
  }

  /** The clones that are registered, one entry per registration. */
  cloneIds(): string[] {
    return [...this.#names.values()];
  }

  /** When the number of databases was this for the first time after `since`. */
  whenCount(count: number, since: number): Promise<number> {
    return this.#first(() => this.#counts.find((it) => it.at >= since && it.count === count)?.at);
  }

  whenStored(cloneId: string): Promise<number> {
    return this.#first(() => this.#clones.get(cloneId));
  }

  #changed(): void {
    this.#counts.push({ count: this.#names.size, at: this.#now() });
    for (const look of this.#waiting) look();
  }

  #first(find: () => number | undefined): Promise<number> {
    return new Promise((resolve) => {
      const look = () => {
        const at = find();
        if (at === undefined) return;
        this.#waiting.delete(look);
        resolve(at);
      };
      this.#waiting.add(look);
      look();
    });
  }
}
