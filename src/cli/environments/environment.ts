import { z } from 'zod';
import { parseDuration } from '../../lib/duration.ts';
import { Secret } from '../../lib/secret.ts';

/** What the command line knows of one DBLab Engine. Texts that are not set are empty, as in the file. */
export interface Environment {
  readonly url: string;
  /** As it is written: it may name a variable (token.ts). */
  readonly token: Secret;
  readonly insecure: boolean;
  /** As it is written, such as `1m0s`. */
  readonly requestTimeout: string;
  readonly forwarding: Forwarding;
  readonly currentBranch: string;
}

export interface Forwarding {
  readonly serverUrl: string;
  readonly localPort: string;
  readonly identityFile: string;
}

/** The whole file. */
export interface Environments {
  /** Id of the current environment; empty when there is none, and it may name one that is not there. */
  readonly current: string;
  readonly byId: ReadonlyMap<string, Environment>;
  /** Time zone in which times are shown; empty is UTC. */
  readonly tz: string;
}

/** Every scalar of the file comes in as a text, or as null where nothing is written. */
const text = z
  .string()
  .nullish()
  .transform((written) => written ?? '');

const yesOrNo = text.refine(
  (written) => TRUE.test(written) || FALSE.test(written),
  'it must be true or false',
);
const TRUE = /^(y|yes|true|on)$/i;
const FALSE = /^(n|no|false|off|)$/i;

const duration = text.superRefine((written, context) => {
  const parsed = isNoDuration(written) || parseDuration(written);
  if (parsed !== true && !parsed.ok) context.addIssue({ code: 'custom', message: parsed.reason });
});

/** The original leaves `0s` behind for a time-out that is not set. */
export function isNoDuration(written: string): boolean {
  return /^$|^(0(ms|s|m|h)?)+$/.test(written);
}

const forwarding = z
  .object({ server_url: text, local_port: text, identity_file: text })
  .nullish()
  .transform((made) => ({
    serverUrl: made?.server_url ?? '',
    localPort: made?.local_port ?? '',
    identityFile: made?.identity_file ?? '',
  }));

const environment = z
  .object({
    url: text,
    token: text,
    insecure: yesOrNo,
    request_timeout: duration,
    forwarding,
    branching: z.object({ current_branch: text }).nullish(),
  })
  .nullish()
  .transform(
    (made): Environment => ({
      url: made?.url ?? '',
      token: new Secret(made?.token ?? ''),
      insecure: TRUE.test(made?.insecure ?? ''),
      requestTimeout: made?.request_timeout ?? '',
      forwarding: made?.forwarding ?? { serverUrl: '', localPort: '', identityFile: '' },
      currentBranch: made?.branching?.current_branch ?? '',
    }),
  );

/** The file as data; keys that are not known are no concern of ours. */
export const environmentsSchema = z
  .object({
    current_environment: text,
    environments: z.record(z.string(), environment).nullish(),
    settings: z.object({ tz: text }).nullish(),
  })
  .nullish()
  .transform(
    (file): Environments => ({
      current: file?.current_environment ?? '',
      byId: new Map(Object.entries(file?.environments ?? {})),
      tz: file?.settings?.tz ?? '',
    }),
  );
