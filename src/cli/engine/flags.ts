import { type Command, Option } from 'commander';

/**
 * How to name the Engine. These flags are taken before the noun, as scripts for the original write them,
 * and after the command, where people look for them. The help of a command shows those that are typed often.
 */
export function addEngineFlags(command: Command): void {
  const isProgram = command.parent === null;
  for (const { flags, help, seldom } of ENGINE_FLAGS) {
    const flag = new Option(flags, help).helpGroup('Engine:');
    command.addOption(seldom && !isProgram ? flag.hideHelp() : flag);
  }
}

const ENGINE_FLAGS = [
  { flags: '--url <URL>', help: 'API of the DBLab Engine [DBLAB_INSTANCE_URL]', seldom: false },
  { flags: '--token <TOKEN>', help: 'its verification token [DBLAB_VERIFICATION_TOKEN]', seldom: false },
  { flags: '-k, --insecure', help: 'accept any certificate [DBLAB_INSECURE_SKIP_VERIFY]', seldom: false },
  {
    flags: '--request-timeout <DURATION>',
    help: 'longest wait, for a request (default: 10s) and for the Engine to finish (default: 60s) [DBLAB_REQUEST_TIMEOUT]',
    seldom: false,
  },
  {
    flags: '--current-branch <NAME>',
    help: 'branch to take where none is named [DBLAB_CLI_CURRENT_BRANCH]',
    seldom: true,
  },
  {
    flags: '--forwarding-server-url <URL>',
    help: 'SSH server through which the Engine is forwarded [DBLAB_CLI_FORWARDING_SERVER_URL]',
    seldom: true,
  },
  {
    flags: '--forwarding-local-port <PORT>',
    help: 'port here to which it is forwarded: requests go there [DBLAB_CLI_FORWARDING_LOCAL_PORT]',
    seldom: true,
  },
  {
    flags: '--identity-file <FILE>',
    help: 'private key for that server, kept for the original dblab [DBLAB_CLI_IDENTITY_FILE]',
    seldom: true,
  },
  {
    flags: '--debug',
    help: 'show every request, and where an unexpected error comes from [DBLAB_CLI_DEBUG]',
    seldom: false,
  },
] as const;
