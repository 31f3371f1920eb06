import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { checksPage, troubleshootingPage } from '../src/checks/reference.ts';
import { commandReference } from '../src/cli/reference.ts';
import { referencePages } from '../src/config/reference.ts';
import { metricsPage } from '../src/server/metrics-page.ts';
import { statusPage } from '../src/server/status-page.ts';

/** Writes the pages that are made from the program. */
const pages = [
  ...referencePages.map(({ file, text }) => ({ file: `reference/${file}`, text })),
  { file: 'reference/cli.md', text: await commandReference() },
  { file: 'reference/checks.md', text: checksPage() },
  { file: 'reference/metrics.md', text: metricsPage() },
  { file: 'reference/api-status.md', text: statusPage() },
  { file: 'troubleshooting.md', text: troubleshootingPage() },
];
for (const { file, text } of pages) writeFileSync(join(import.meta.dirname, file), text);
