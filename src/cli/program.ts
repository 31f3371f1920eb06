import { Command, CommanderError } from 'commander';
import manifest from '../../package.json' with { type: 'json' };
import { EngineError } from '../engine/error.ts';
import { printable } from '../lib/printable.ts';
import { TeleportError } from '../teleport/error.ts';
import { family, understood } from './arguments.ts';
import { addEngineFlags } from './engine/flags.ts';
import { FAILED, Failure, type Host, type Run, USAGE, UsageError } from './host.ts';
import { addNotBuilt, NOT_BUILT } from './not-built.ts';

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
    summary: 'create, show, protect, reset and destroy thin clones of a database',
    load: async () => (await import('./clone/commands.ts')).addCloneCommands,
  },
  {
    name: 'instance',
    summary: 'what the Engine is doing: state, version, refresh of data',
    load: async () => (await import('./instance/commands.ts')).addInstanceCommands,
  },
  {
    name: 'snapshot',
    summary: 'list, create, protect and delete snapshots of the data',
    load: async () => (await import('./snapshot/commands.ts')).addSnapshotCommands,
  },
  {
    name: 'branch',
    summary: 'list, create, protect and delete branches of the data',
    load: async () => (await import('./branch/branch.ts')).addBranch,
  },
  {
    name: 'switch',
    summary: 'make another branch the current one',
    load: async () => (await import('./branch/switch.ts')).addSwitch,
  },
  {
    name: 'commit',
    summary: 'keep the data of a clone as the newest snapshot of its branch',
    load: async () => (await import('./branch/commit.ts')).addCommit,
  },
  {
    name: 'log',
    summary: 'show the snapshots of a branch, newest first',
    load: async () => (await import('./branch/log.ts')).addLog,
  },
  {
    name: 'init',
    summary: 'keep the address of a first Engine, so that no command needs to name it',
    load: async () => (await import('./init.ts')).addInit,
  },
  {
    name: 'config',
    summary: 'keep several Engines by name, and choose among them',
    load: async () => (await import('./config/commands.ts')).addConfigCommands,
  },
  {
    name: 'completion',
    summary: 'print the completion script for bash, zsh or fish',
    load: async () => (await import('./completion/commands.ts')).addCompletion,
  },
  {
    name: 'sandbox',
    summary: 'run all of it on this machine: Engine, PostgreSQL clones, Teleport and the sidecar',
    load: async () => (await import('./sandbox.ts')).addSandbox,
  },
];

/** Asked by the completion scripts. */
const COMPLETE = '__complete';

const AFTER_HELP = `
Every setting of an Engine is taken from its flag, else from its variable, else from the current environment
in ~/.dblab/cli/cli.yml (dblab init). When none names an Engine, a running sandbox is found by itself.

Examples:
  $ dblab init --environment-id prod --url https://dblab.example.com/api --token secret_token
  $ dblab clone list
  $ dblab --url http://localhost:2345 --token secret_token clone list

${NOT_BUILT}

Exit codes: 0 done, 1 failed, 2 wrong usage.`;

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
  const exitWith = (code: number) => {
    exit = code;
  };
  try {
    const program = await commandTree({ ...host, exitWith }, (name) => argv.includes(name));
    await program.parseAsync(understood(argv, program), { from: 'user' });
    return exit;
  } catch (error) {
    return tell(
      error,
      host,
      argv.includes('--debug') || /^(1|t|true)$/i.test(host.env['DBLAB_CLI_DEBUG'] ?? ''),
    );
  }
}

/** The program with the commands of those nouns that are wanted; of the others only the names. */
export async function commandTree(run: Run, wanted: (noun: string) => boolean): Promise<Command> {
  const program = newProgram(run);
  for (const { name, summary, load } of NOUNS) {
    const noun = program.command(name).description(summary);
    if (!wanted(name)) continue;
    (await load())(noun, run);
    addNotBuilt(noun);
  }
  addNotBuilt(program);
  if (wanted(COMPLETE)) {
    const { addComplete } = await import('./completion/commands.ts');
    addComplete(program.command(COMPLETE, { hidden: true }), run);
  }
  for (const command of family(program)) {
    command.showHelpAfterError(`See "${pathOf(command)} --help".`);
  }
  return program;
}

function newProgram({ stdout, stderr }: Host): Command {
  const program = new Command('dblab')
    .description(manifest.description)
    .usage('[flags] <command> [arguments]')
    .version(manifest.version, '-v, --version')
    .enablePositionalOptions()
    .exitOverride()
    .addHelpText('after', AFTER_HELP)
    .configureOutput({
      writeOut: (text) => stdout.write(text),
      writeErr: (text) => stderr.write(text),
      outputError: (text, write) => write(withoutValues(text)),
    });
  addEngineFlags(program, 'all');
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
  if (debug && !expected && error instanceof Error) stderr.write(`${error.stack}\n`);
  return error instanceof UsageError ? USAGE : FAILED;
}
