import { Command, CommanderError } from 'commander';
import manifest from '../../package.json' with { type: 'json' };
import { EngineError } from '../engine/error.ts';
import { printable } from '../lib/printable.ts';
import { TeleportError } from '../teleport/error.ts';
import { addEngineFlags } from './engine/flags.ts';
import { FAILED, Failure, type Host, type Run, USAGE, UsageError } from './host.ts';

/*
 * The command tree. Nouns are named here and their commands live in a folder each, loaded when the noun is
 * among the arguments: `dblab --version` waits for nobody's libraries.
 */

interface Noun {
  readonly name: string;
  readonly summary: string;
  readonly load: () => Promise<(noun: Command, run: Run) => void>;
}

const NOUNS: readonly Noun[] = [
  {
    name: 'teleport',
    summary: 'keep Teleport in step with the clones of a DBLab Engine',
    load: async () => (await import('./teleport/commands.ts')).addTeleportCommands,
  },
  {
    name: 'clone',
    summary: 'create, list and destroy thin clones of a database',
    load: async () => (await import('./clone/commands.ts')).addCloneCommands,
  },
  {
    name: 'sandbox',
    summary: 'run all of it on this machine: Engine, PostgreSQL clones, Teleport and the sidecar',
    load: async () => (await import('./sandbox.ts')).addSandbox,
  },
];

const INTRODUCTION = `dblab ${manifest.version}
${manifest.description}

Three things to try:
  dblab sandbox                  all of it on this machine, with nothing to configure
  dblab clone list --help        what a DBLab Engine runs, and how to name the Engine
  dblab teleport serve --help    every option of the sidecar, with its variable and default
`;

/** Runs one command line, and resolves with its exit code. Never rejects: whatever fails is told on stderr. */
export async function run(argv: readonly string[], host: Host): Promise<number> {
  if (argv.length === 0) {
    host.stdout.write(INTRODUCTION);
    return 0;
  }
  let exit = 0;
  const program = newProgram(host);
  try {
    await addNouns(program, argv, {
      ...host,
      exitWith(code) {
        exit = code;
      },
    });
    await program.parseAsync(argv[0] === 'help' ? [...argv.slice(1), '--help'] : argv, { from: 'user' });
    return exit;
  } catch (error) {
    return tell(error, host, argv.includes('--debug'));
  }
}

function newProgram({ stdout, stderr }: Host): Command {
  const program = new Command('dblab')
    .description(manifest.description)
    .version(manifest.version, '-v, --version')
    .enablePositionalOptions()
    .exitOverride()
    .configureOutput({
      writeOut: (text) => stdout.write(text),
      writeErr: (text) => stderr.write(text),
      outputError: (text, write) => write(withoutValues(text)),
    });
  addEngineFlags(program);
  return program;
}

/** An unknown flag is repeated in the message, and what follows its `=` may be a secret. */
function withoutValues(text: string): string {
  const lines = text
    .replace(/(--[\w-]+)=.*'/s, "$1'")
    .trimEnd()
    .split('\n');
  return lines.map((line) => `${printable(line)}\n`).join('');
}

async function addNouns(program: Command, argv: readonly string[], run: Run): Promise<void> {
  for (const { name, summary, load } of NOUNS) {
    const noun = program.command(name).description(summary);
    if (argv.includes(name)) (await load())(noun, run);
  }
  for (const command of family(program)) {
    command.showHelpAfterError(`See "${pathOf(command)} --help".`);
  }
}

function family(command: Command): Command[] {
  return [command, ...command.commands.flatMap(family)];
}

function pathOf(command: Command): string {
  return command.parent === null ? command.name() : `${pathOf(command.parent)} ${command.name()}`;
}

const EXPECTED = [UsageError, Failure, EngineError, TeleportError];

function tell(error: unknown, { stderr, signal }: Host, debug: boolean): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : USAGE;
  if (signal.aborted && !(error instanceof Failure)) {
    stderr.write('Interrupted.\n');
    return FAILED;
  }
  const expected = EXPECTED.some((kind) => error instanceof kind);
  const message = error instanceof Error ? error.message : String(error);
  stderr.write(
    `${expected ? message : `Unexpected error: ${message} (--debug shows where it comes from)`}\n`,
  );
  if (debug && error instanceof Error) stderr.write(`${error.stack}\n`);
  return error instanceof UsageError ? USAGE : FAILED;
}
