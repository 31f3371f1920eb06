/** Background work: the tasks of one key run one after the other, those of different keys at the same time. */
export interface Work<Key> {
  /** `failed` is told what the task rejects with. */
  add(key: Key, task: () => Promise<void>, failed: (error: unknown) => void): void;
  /** Resolves when nothing is left to do for the key. */
  settled(key: Key): Promise<void>;
  /** Resolves when nothing is left to do at all. */
  idle(): Promise<void>;
}

export function openWork<Key>(): Work<Key> {
  const last = new Map<Key, Promise<void>>();
  return {
    add(key, task, failed) {
      const done: Promise<void> = (last.get(key) ?? Promise.resolve())
        .then(task)
        .catch(failed)
        .finally(() => {
          if (last.get(key) === done) last.delete(key);
        });
      last.set(key, done);
    },
    async settled(key) {
      while (last.has(key)) await last.get(key);
    },
    async idle() {
      while (last.size > 0) await Promise.all(last.values());
    },
  };
}
