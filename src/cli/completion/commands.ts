import { Argument, type Command } from 'commander';
import { printable } from '../../lib/printable.ts';
import type { Run } from '../host.ts';
import { type Completion, complete } from './complete.ts';
import { lookup } from './lookup.ts';
import { SCRIPTS } from './scripts.ts';

const ABOUT = `
Commands, flags and their choices, environments, and the ids of clones where the Engine answers within a second.

Examples:
  $ source <(dblab completion bash)                      in ~/.bashrc
  $ source <(dblab completion zsh)                       in ~/.zshrc, after compinit
  $ dblab completion fish > ~/.config/fish/completions/dblab.fish`;

export function addCompletion(command: Command, run: Run): void {
  command
    .addArgument(new Argument('<SHELL>', 'the shell').choices(Object.keys(SCRIPTS)))
    .addHelpText('after', ABOUT)
    .action((shell: keyof typeof SCRIPTS) => void run.stdout.write(SCRIPTS[shell]));
}

/** What the scripts ask. Whatever goes wrong, a person who presses Tab is told nothing. */
export function addComplete(command: Command, run: Run): void {
  command
    .argument('[WORDS...]')
    .helpOption(false)
    .action(async (words: readonly string[]) => {
      const program = command.parent;
      if (program === null) return;
      run.stdout.write(lines(await complete(words, program, lookup(run))));
    });
}

function lines(found: Completion): string {
  if (found === 'files') return ':files\n';
  return found.map(({ text, about }) => `${printable(text)}\t${printable(about)}\n`).join('');
}
