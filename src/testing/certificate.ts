import { writeFile } from 'node:fs/promises';
import type { Authority } from '../sandbox/teleport/authority.ts';

/** Issues a certificate for a server at 127.0.0.1, for an hour, and writes the files; `key` may be left out. */
export async function writeCertificate(
  authority: Authority,
  files: { readonly cert: string; readonly key?: string },
): Promise<void> {
  const { certificate, key } = await authority.issue({
    subject: [{ CN: ['sidecar'] }],
    notAfter: Date.now() + 3_600_000,
    server: [{ type: 'ip', value: '127.0.0.1' }],
  });
  await writeFile(files.cert, certificate);
  if (files.key !== undefined)
    await writeFile(files.key, key.export({ format: 'pem', type: 'pkcs8' }), { mode: 0o600 });
}
