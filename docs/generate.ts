import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { commandReference } from '../src/cli/reference.ts';
import { referencePages } from '../src/config/reference.ts';

/** Writes the pages that are made from the program. */
for (const { file, text } of [...referencePages, { file: 'cli.md', text: await commandReference() }]) {
  writeFileSync(join(import.meta.dirname, 'reference', file), text);
}
