import { chmod, rm } from 'node:fs/promises';
import { build } from 'esbuild';

// Splitting keeps each command's libraries out of the others' start.
await rm('dist', { recursive: true, force: true });
await build({
  entryPoints: { main: 'src/main.ts', tctl: 'src/sandbox/tctl/main.ts' },
  outdir: 'dist',
  bundle: true,
  splitting: true,
  packages: 'external',
  platform: 'node',
  format: 'esm',
  target: 'node20',
  chunkNames: 'chunks/[name]-[hash]',
  logLevel: 'warning',
});
await Promise.all(['dist/main.js', 'dist/tctl.js'].map((file) => chmod(file, 0o755)));
