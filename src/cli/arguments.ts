import type { Command, Option } from 'commander';

/*
 * The command line as it was typed, made into what the parser understands in the sense of the original.
 */

const YES = /^(1|t|true)$/i;
const NO = /^(0|f|false)$/i;

/** The arguments to parse instead of those that were typed. */
export function understood(argv: readonly string[], program: Command): string[] {
  const words = argv[0] === 'help' ? [...argv.slice(1), '--help'] : argv;
  const plain = withoutYesAndNo(words, program);
  return namesNoCommand(plain, program) ? plain.filter((word) => word !== '--help' && word !== '-h') : plain;
}

/** The original takes `--async=true` and `--insecure=false`; here a switch has no value. */
function withoutYesAndNo(words: readonly string[], program: Command): string[] {
  const options = family(program).flatMap((command) => command.options);
  const isSwitch = (flag: string) => options.some((option) => option.long === flag && option.isBoolean());
  return words.flatMap((word) => {
    const [, flag = '', value = ''] = /^(--[a-z-]+)=(\w+)$/.exec(word) ?? [];
    if (!isSwitch(flag) || !(YES.test(value) || NO.test(value))) return [word];
    if (YES.test(value)) return [flag];
    const opposite = flag.replace('--', '--no-');
    return options.some(({ long }) => long === opposite) ? [opposite] : [];
  });
}

/**
 * Whether the words call for a command that is not there. Asked for help, the parser would show that of the
 * noun instead; without that flag it says what was meant.
 */
function namesNoCommand(words: readonly string[], program: Command): boolean {
  let command = program;
  let waiting: Option | undefined;
  for (const word of words) {
    const option = command.options.find(({ long, short }) => word === long || word === short);
    const isValue = waiting?.required === true;
    waiting = isValue ? undefined : option;
    if (isValue || word.startsWith('-')) continue;
    if (command.commands.length === 0) return false;
    const next = command.commands.find((child) => child.name() === word);
    if (next === undefined) return word !== 'help';
    command = next;
  }
  return false;
}

/** A command and all those below it. */
export function family(command: Command): Command[] {
  return [command, ...command.commands.flatMap(family)];
}
