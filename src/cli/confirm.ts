import type { Run } from './host.ts';

/** Asks on the terminal; no is the answer to a mere Enter, to Ctrl-C and to a process that is to end. */
export async function confirm(question: string, { terminal, signal }: Run): Promise<boolean> {
  const { confirm: ask } = await import('@clack/prompts');
  return (await ask({ message: question, initialValue: false, signal, ...terminal })) === true;
}
