import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { commandReference } from '../src/cli/reference.ts';
import { serveReference } from '../src/config/reference.ts';

/** Writes the pages that are made from the program. */
const pages = { 'serve.md': serveReference(), 'cli.md': await commandReference() };
for (const [name, page] of Object.entries(pages)) {
  writeFileSync(join(import.meta.dirname, 'reference', name), page);
}
