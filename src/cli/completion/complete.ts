import type { Command, Option } from 'commander';

/** What may be typed next. */
export interface Candidate {
  readonly text: string;
  readonly about: string;
}

export type Completion = readonly Candidate[] | 'files';

/** Values that only the running program knows, by what the help calls them, such as `CLONE_ID`. */
export type Lookup = (placeholder: string, command: Command) => Promise<readonly string[]>;

/** What may stand at the last of `words`, which are those after `dblab`. The command tree knows. */
export async function complete(
  words: readonly string[],
  program: Command,
  lookup: Lookup,
): Promise<Completion> {
  const current = words.at(-1) ?? '';
  const place = walk(words.slice(0, -1), program);
  if (place.option !== undefined)
    return matching(await valuesOf(place.option, place.command, lookup), current);
  const [, flag, begun] = /^(--[\w-]+)=(.*)$/s.exec(current) ?? [];
  if (flag !== undefined && begun !== undefined) {
    const option = optionOf(flag, place.command);
    const values = option === undefined ? [] : await valuesOf(option, place.command, lookup);
    return values === 'files'
      ? values
      : matching(
          values.map((made) => ({ ...made, text: `${flag}=${made.text}` })),
          current,
        );
  }
  if (current.startsWith('-')) return matching(flagsOf(place.command), current);
  return matching([...namesOf(place), ...(await argumentsOf(place, lookup))], current);
}

interface Place {
  readonly command: Command;
  /** Arguments that stand before. */
  readonly position: number;
  /** The option whose value is being typed. */
  readonly option: Option | undefined;
}

/** Follows the words to the command that they name, and leaves the flags it meets there. */
function walk(words: readonly string[], program: Command): Place {
  let place: Place = { command: program, position: 0, option: undefined };
  for (const word of words) place = step(word, place);
  return place;
}

function step(word: string, { command, position, option }: Place): Place {
  // Some shells take `--flag=value` apart.
  if (option !== undefined && word === '=') return { command, position, option };
  if (option !== undefined) {
    command.setOptionValueWithSource(option.attributeName(), word, 'cli');
    return { command, position, option: undefined };
  }
  if (word.startsWith('-')) {
    const found = optionOf(word, command);
    if (found !== undefined && !found.required)
      command.setOptionValueWithSource(found.attributeName(), true, 'cli');
    return { command, position, option: found?.required ? found : undefined };
  }
  const next = command.commands.find((child) => child.name() === word);
  if (next !== undefined) return { command: next, position: 0, option: undefined };
  return { command, position: position + 1, option: undefined };
}

function optionOf(word: string, command: Command): Option | undefined {
  return command.options.find(({ long, short }) => word === long || word === short);
}

function flagsOf(command: Command): Candidate[] {
  return command
    .createHelp()
    .visibleOptions(command)
    .map((option) => ({ text: option.long ?? option.short ?? '', about: option.description }));
}

function namesOf({ command, position }: Place): Candidate[] {
  if (position > 0) return [];
  const commands = command.createHelp().visibleCommands(command);
  return commands.map((child) => ({ text: child.name(), about: child.description() }));
}

async function argumentsOf({ command, position }: Place, lookup: Lookup): Promise<readonly Candidate[]> {
  const last = command.registeredArguments.at(-1);
  const argument = command.registeredArguments[position] ?? (last?.variadic ? last : undefined);
  if (argument === undefined) return [];
  return candidates(argument.argChoices ?? (await lookup(argument.name(), command)), argument.description);
}

async function valuesOf(option: Option, command: Command, lookup: Lookup): Promise<Completion> {
  const placeholder = /[<[]([^\]>]+)/.exec(option.flags)?.[1] ?? '';
  if (placeholder === 'FILE' || placeholder === 'DIR') return 'files';
  const choices = option.argChoices ?? (placeholder.includes('|') ? placeholder.split('|') : undefined);
  return candidates(choices ?? (await lookup(placeholder, command)), option.description);
}

function candidates(texts: readonly string[], about: string): Candidate[] {
  return texts.map((text) => ({ text, about }));
}

function matching(found: Completion, begun: string): Completion {
  if (found === 'files') return found;
  const isBegun = begun === '=' ? '' : begun;
  return found.filter(({ text }) => text.startsWith(isBegun));
}
