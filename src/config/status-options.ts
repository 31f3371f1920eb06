import type { Option } from './option.ts';
import { onOff, serveOptions } from './serve-options.ts';

const { environmentId, proxy, identityFile, dblabToken, dblabUrl, transport, tctlPath, caFile } =
  serveOptions;
const { labels, cloneHost, userLabel, appUri, noApp, leaseMs, statusAddress } = serveOptions;

const { required: _, ...optionalEnvironment } = environmentId;

/** Whichever environment the sidecar serves, unless one is named. */
export const whichOptions = { environmentId: optionalEnvironment } as const satisfies Record<string, Option>;

/** What `dblab teleport status` needs to ask a sidecar. */
export const statusOptions = {
  statusAddress: { ...statusAddress, help: 'where the sidecar is asked' },
  watch: { flag: 'watch', help: 'look again and again, until q or Ctrl-C', schema: onOff },
} as const satisfies Record<string, Option>;

/** What it needs to look at Engine and Teleport itself, where no sidecar answers: as `serve` has them. */
export const directOptions = {
  environmentId,
  proxy,
  identityFile,
  dblabToken,
  dblabUrl,
  transport,
  tctlPath,
  caFile,
  labels,
  cloneHost,
  userLabel,
  appUri,
  noApp,
  leaseMs,
} as const satisfies Record<string, Option>;
