import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';

/** Functions of one argument at most, which another process runs for us. */
type Errands = Record<string, (argument: never) => Promise<unknown>>;

/** The same functions, seen from the process that asks. */
export type Asked<E extends Errands> = {
  [Name in keyof E]: (...argument: Parameters<E[Name]>) => ReturnType<E[Name]>;
};

interface Question {
  readonly number: number;
  readonly name: string;
  readonly argument: unknown;
}

interface Answer {
  readonly number: number;
  readonly value?: unknown;
  readonly error?: string;
}

/** Answers what the parent asks, and ends when it is gone. */
export function answerParent(errands: Errands): void {
  process.on('disconnect', () => process.exit());
  process.on('message', ({ number, name, argument }: Question) => {
    const answer = (rest: object) => process.send?.({ number, ...rest } satisfies Answer);
    const errand = errands[name] as ((argument: unknown) => Promise<unknown>) | undefined;
    void Promise.resolve(errand?.(argument)).then(
      (value) => answer({ value }),
      (error: unknown) => answer({ error: error instanceof Error ? error.message : String(error) }),
    );
  });
  process.send?.({ number: 0 } satisfies Answer);
}

/** Starts a module that answers, and resolves when it is ready to. */
export async function openChild<E extends Errands>(
  module: string,
  env: Readonly<Record<string, string | undefined>>,
): Promise<{ readonly ask: Asked<E>; end(): Promise<void> }> {
  const child = fork(module, { env, execArgv: ['--import', 'tsx'] });
  const ended = once(child, 'exit');
  await Promise.race([
    once(child, 'message'),
    ended.then(() => Promise.reject(new Error(`${module} ended`))),
  ]);
  return {
    ask: asker<E>(child),
    async end() {
      child.disconnect();
      await ended;
    },
  };
}

function asker<E extends Errands>(child: ChildProcess): Asked<E> {
  const waiting = new Map<number, (answer: Answer) => void>();
  child.on('message', (answer: Answer) => waiting.get(answer.number)?.(answer));
  let number = 0;
  const ask = (name: string, argument: unknown) =>
    new Promise((resolve, reject) => {
      number += 1;
      waiting.set(number, ({ value, error }) =>
        error === undefined ? resolve(value) : reject(new Error(error)),
      );
      child.send({ number, name, argument } satisfies Question);
    });
  return new Proxy({} as Asked<E>, { get: (_, name) => (argument: unknown) => ask(String(name), argument) });
}
