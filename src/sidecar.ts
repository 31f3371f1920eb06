/** Asks a running sidecar how things stand, by its status address. */
import { follow } from './lib/abort.ts';
import { type Address, formatAddress } from './lib/address.ts';
import type { Clock } from './lib/clock.ts';
import { type StatusDocument, statusDocument } from './server/status-document.ts';

export type StatusReading =
  | { readonly ok: true; readonly document: StatusDocument }
  /** Why there is none, as a whole sentence. */
  | { readonly ok: false; readonly reason: string };

const PATIENCE_MS = 3_000;
/** Some ten thousand clones and more. */
const LARGEST_ANSWER = 32 * 1024 * 1024;

/** Rejects only with the reason of the signal. */
export async function readStatus(
  address: Address,
  clock: Clock,
  signal: AbortSignal,
): Promise<StatusReading> {
  const where = formatAddress({ ...address, host: address.host === '' ? 'localhost' : address.host });
  const { controller, letGo } = follow(signal);
  const done = new AbortController();
  void clock.sleep(PATIENCE_MS, done.signal).then(() => controller.abort());
  try {
    const response = await fetch(`http://${where}/api/status`, {
      signal: controller.signal,
      redirect: 'error',
    });
    return understood(where, response.ok ? await textOf(response) : undefined);
  } catch {
    signal.throwIfAborted();
    return refuse(`No sidecar answers at ${where} (--status-addr).`);
  } finally {
    done.abort();
    letGo();
  }
}

async function textOf({ body }: Response): Promise<string> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of body ?? []) {
    size += chunk.length;
    if (size > LARGEST_ANSWER) throw new RangeError('the answer is too large');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

function understood(where: string, text: string | undefined): StatusReading {
  try {
    const document = statusDocument.safeParse(JSON.parse(text ?? ''));
    if (document.success) return { ok: true, document: document.data };
  } catch {
    // Said below.
  }
  return refuse(`What answers at ${where} (--status-addr) is no sidecar, or one of another version.`);
}

function refuse(reason: string): StatusReading {
  return { ok: false, reason };
}
