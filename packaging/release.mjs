/**
 * Makes everything that a release consists of, below `packaging/out`: the npm package, the single executable, a bill of
 * materials (CycloneDX) of what runs, and their checksums. Publishes nothing: `npm publish --provenance` does, from a
 * build service that can vouch for where it ran.
 */
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const root = join(import.meta.dirname, '..');
const out = join(root, 'packaging', 'out');
const npm = (...args) =>
  execFileSync('npm', args, { cwd: root, encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] });

rmSync(out, { recursive: true, force: true });
mkdirSync(out, { recursive: true });
npm('run', '--silent', 'build');
npm('pack', '--silent', '--pack-destination', out);
execFileSync(process.execPath, [join(import.meta.dirname, 'executable.mjs'), out], {
  stdio: ['ignore', 'ignore', 'inherit'],
});
writeFileSync(join(out, 'sbom.cdx.json'), npm('sbom', '--sbom-format=cyclonedx', '--omit=dev'));
const sums = readdirSync(out)
  .sort()
  .map(
    (file) =>
      `${createHash('sha256')
        .update(readFileSync(join(out, file)))
        .digest('hex')}  ${file}\n`,
  );
writeFileSync(join(out, 'SHA256SUMS'), sums.join(''));
process.stdout.write(sums.join(''));
