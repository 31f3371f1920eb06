import { closeSync, openSync, readSync } from 'node:fs';

/**
 * Reads a text file of at most `limit` bytes, and never more than that: the path comes from outside and may
 * name a device or a log. Throws the system's error, or one that says that the file is too large.
 */
export function readSmallFile(path: string, limit: number): string {
  const file = openSync(path, 'r');
  try {
    const buffer = Buffer.alloc(limit + 1);
    let length = 0;
    for (let read = -1; read !== 0 && length < buffer.length; length += read) {
      read = readSync(file, buffer, length, buffer.length - length, null);
    }
    if (length > limit) throw new Error(`it is larger than ${limit} bytes`);
    return buffer.toString('utf8', 0, length);
  } finally {
    closeSync(file);
  }
}
