#!/usr/bin/env node
/**
 * The stand-in tctl: reads its flags, the identity and its input, lets the stand-in cluster answer, and
 * prints that. It starts with nothing but Node's own parts, for the sidecar runs it often.
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import type { Arguments } from './arguments.ts';
import { parseArguments } from './arguments.ts';
import { readIdentityFile } from './identity-file.ts';
import type { IdentityFile, TctlAnswer, TctlRequest } from './protocol.ts';
import { cannotConnect, failure, identityGarbled, identityMissing, versionLine } from './words.ts';

/** Without a cluster to ask, this is what tctl takes itself for. */
const OWN_VERSION = '18.0.0';

async function answer(args: readonly string[], env: NodeJS.ProcessEnv): Promise<TctlAnswer> {
  const localConfig = env['TELEPORT_CONFIG_FILE'] ?? '/etc/teleport.yaml';
  if (localConfig !== '' && existsSync(localConfig))
    return failure(
      `the local configuration ${localConfig} would win over --identity: set TELEPORT_CONFIG_FILE to nothing`,
    );

  const parsed = parseArguments(args);
  const identityPath = parsed.identity ?? env['TELEPORT_IDENTITY_FILE'];
  const authServer = parsed.authServer ?? env['TELEPORT_AUTH_SERVER'];
  const identity = identityPath === undefined ? missing : readIdentityFile(identityPath);
  if (authServer !== undefined) {
    const answered = await ask(authServer, { args, stdin: await inputOf(parsed), identity });
    if (answered) return answered;
  }
  if (parsed.command === 'version') return versionLine(OWN_VERSION);
  return withoutCluster(identity, authServer);
}

const missing: IdentityFile = { state: 'missing' };

function withoutCluster(identity: IdentityFile, authServer: string | undefined): TctlAnswer {
  if (identity.state === 'missing') return identityMissing(OWN_VERSION);
  if (identity.state === 'garbled') return identityGarbled(identity.reason);
  if (authServer === undefined) return failure('tctl --identity also requires --auth-server');
  return cannotConnect(authServer);
}

async function inputOf({ command, operands }: Arguments): Promise<string> {
  if (command !== 'create') return '';
  const [file = '-'] = operands;
  return file === '-' || file === '/dev/stdin' ? text(process.stdin) : readFileSync(file, 'utf8');
}

function writeFor(path: string, text: string): void {
  writeFileSync(path, text, { mode: 0o600 });
}

/** Undefined where nobody listens. */
function ask(authServer: string, request: TctlRequest): Promise<TctlAnswer | undefined> {
  const { hostname, port } = new URL(`tcp://${authServer}`);
  return new Promise((resolve) => {
    const socket = connect({ host: hostname.replace(/^\[|\]$/g, ''), port: Number(port) });
    let connected = false;
    let received = '';
    socket.setEncoding('utf8');
    socket.on('connect', () => {
      connected = true;
      socket.write(`${JSON.stringify(request)}\n`);
    });
    socket.on('data', (chunk) => {
      received += chunk;
    });
    socket.on('error', () => {});
    socket.on('close', () => {
      if (received.endsWith('\n')) resolve(JSON.parse(received));
      else if (!connected) resolve(undefined);
      else resolve(failure('connection error: desc = "error reading server preface: EOF"'));
    });
  });
}

try {
  const { exit, stdout, stderr, file } = await answer(process.argv.slice(2), process.env);
  if (file !== undefined) writeFor(parseArguments(process.argv.slice(2)).out ?? '', file);
  process.stdout.write(stdout);
  process.stderr.write(stderr);
  process.exitCode = exit;
} catch (error) {
  process.stderr.write(failure(error instanceof Error ? error.message : String(error)).stderr);
  process.exitCode = 1;
}
