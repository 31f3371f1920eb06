import type { Option } from './option.ts';
import { onOff, serveOptions } from './serve-options.ts';

const { environmentId, proxy, identityFile, transport, tctlPath, caFile, statusAddress, dryRun } =
  serveOptions;

/** Every option of `dblab teleport cleanup`, in the order in which help and reference show them. */
export const cleanupOptions = {
  /** No variable: where the sidecar runs it names the environment that lives, and this one is to go. */
  environmentId: {
    flag: environmentId.flag,
    placeholder: environmentId.placeholder,
    required: true,
    help: 'the environment whose registrations are to go; typed each time, for no variable is read',
    schema: environmentId.schema,
  },
  proxy,
  identityFile,
  transport,
  tctlPath,
  caFile,
  statusAddress: {
    ...statusAddress,
    help: 'where a sidecar of this environment would answer: it is asked before anything is removed',
  },
  dryRun: { ...dryRun, help: 'show what would be removed and remove nothing' },
  yes: { flag: 'yes', help: 'remove without asking, for scripts', schema: onOff },
} as const satisfies Record<string, Option>;
