import { execFileSync } from 'node:child_process';

/** Whole-program tests start what users start: the built program. */
export default function build(): void {
  execFileSync(process.execPath, ['build.mjs'], { stdio: 'inherit' });
}
