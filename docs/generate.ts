import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { serveReference } from '../src/config/reference.ts';

/** Writes the pages that are made from the program. */
writeFileSync(join(import.meta.dirname, 'reference', 'serve.md'), serveReference());
