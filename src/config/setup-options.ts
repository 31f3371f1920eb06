import { z } from 'zod';
import type { Option } from './option.ts';
import { onOff } from './serve-options.ts';

/** What `dblab teleport setup` asks for beside the site itself. */
export const setupOptions = {
  identityBy: {
    flag: 'identity-by',
    placeholder: 'tbot|user',
    default: 'tbot',
    help: "who makes the sidecar's identity: tbot as a service, or tctl for a plain user (self-hosted only)",
    schema: z.enum(['tbot', 'user'], 'it must be tbot or user'),
  },
  dryRun: { flag: 'dry-run', schema: onOff, help: 'show the plan and change nothing' },
  print: {
    flag: 'print',
    placeholder: 'DIR',
    help: 'write every file there, below the path it is meant for, and change nothing else',
    schema: z.string(),
  },
  yes: { flag: 'yes', help: 'carry out the plan without asking', schema: onOff },
} as const satisfies Record<string, Option>;

/** What `dblab teleport doctor` asks for beside the site itself. */
export const doctorOptions = {
  only: {
    flag: 'only',
    placeholder: 'ID',
    list: ',',
    help: 'look at this check alone, and at what it needs; several with commas between',
    schema: z.array(z.string()).transform((words) => words.flatMap((word) => word.split(','))),
  },
  fix: { flag: 'fix', help: 'mend what setup can mend, after showing it and asking', schema: onOff },
  yes: { flag: 'yes', help: 'with --fix: mend without asking', schema: onOff },
} as const satisfies Record<string, Option>;
