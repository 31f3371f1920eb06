import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { checksPage, troubleshootingPage } from '../src/checks/reference.ts';
import { commandReference } from '../src/cli/reference.ts';
import { referencePages } from '../src/config/reference.ts';

/** Writes the pages that are made from the program. */
const pages = [
  ...referencePages.map(({ file, text }) => ({ file: `reference/${file}`, text })),
  { file: 'reference/cli.md', text: await commandReference() },
  { file: 'reference/checks.md', text: checksPage() },
  { file: 'troubleshooting.md', text: troubleshootingPage() },
];
for (const { file, text } of pages) writeFileSync(join(import.meta.dirname, file), text);
