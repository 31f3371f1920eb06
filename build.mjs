import { chmod, readdir, rm } from 'node:fs/promises';
import { build } from 'esbuild';

// Splitting keeps each command's libraries out of the others' start.
const { metafile } = await build({
  entryPoints: { main: 'src/main.ts', tctl: 'src/sandbox/tctl/main.ts' },
  outdir: 'dist',
  bundle: true,
  splitting: true,
  packages: 'external',
  platform: 'node',
  format: 'esm',
  target: 'node20',
  chunkNames: 'chunks/[name]-[hash]',
  metafile: true,
  logLevel: 'warning',
});
await Promise.all(['dist/main.js', 'dist/tctl.js'].map((file) => chmod(file, 0o755)));

// What an earlier build left goes last, so that a program that is running still finds its parts.
const made = new Set(Object.keys(metafile.outputs));
for (const entry of await readdir('dist', { recursive: true, withFileTypes: true })) {
  const file = `${entry.parentPath}/${entry.name}`;
  if (entry.isFile() && !made.has(file)) await rm(file);
}
