import { type Command, Option } from 'commander';

/**
 * How to name the Engine. These flags are taken before the noun, as scripts for the original write them,
 * and after the command, where people look for them.
 */
export function addEngineFlags(command: Command): void {
  const group = 'Engine:';
  const flags = [
    new Option('--url <URL>', 'API of the DBLab Engine [DBLAB_INSTANCE_URL]'),
    new Option('--token <TOKEN>', 'its verification token [DBLAB_VERIFICATION_TOKEN]'),
    new Option('-k, --insecure', 'accept any certificate [DBLAB_INSECURE_SKIP_VERIFY]'),
    new Option('--request-timeout <DURATION>', 'longest wait, 60s by default [DBLAB_REQUEST_TIMEOUT]'),
    new Option('--debug', 'show where an unexpected error comes from'),
  ];
  for (const flag of flags) command.addOption(flag.helpGroup(group));
}
