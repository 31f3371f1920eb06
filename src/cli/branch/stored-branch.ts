import { mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { type Document, parseDocument } from 'yaml';
import { Failure, type Run } from '../host.ts';
import type { CurrentBranch } from './current-branch.ts';

/** The branch of the current environment in `~/.dblab/cli/cli.yml`; all else in the file stays as it is. */
export function openCurrentBranch({ home }: Run): CurrentBranch {
  const file = join(home, '.dblab', 'cli', 'cli.yml');
  return {
    read() {
      const document = load(file);
      const place = document && placeIn(document);
      if (document === undefined || place === undefined) return undefined;
      const branch: unknown = document.getIn(place);
      return typeof branch === 'string' ? branch : '';
    },
    async write(name) {
      const document = load(file);
      const place = document && placeIn(document);
      if (document === undefined || place === undefined) {
        throw new Failure(
          'There is no environment to keep the current branch in. Make one with "dblab init --environment-id NAME --url URL --token TOKEN", then switch again.',
        );
      }
      document.setIn(place, name);
      replace(file, document.toString());
    },
  };
}

/** Undefined without a file that can be read: the original goes on without one, too. */
function load(file: string): Document | undefined {
  try {
    const document = parseDocument(readFileSync(file, 'utf8'));
    return document.errors.length === 0 ? document : undefined;
  } catch {
    return undefined;
  }
}

/** Undefined where the file names no current environment, or one that it does not have. */
function placeIn(document: Document): string[] | undefined {
  const name: unknown = document.get('current_environment');
  if (typeof name !== 'string' || !document.hasIn(['environments', name])) return undefined;
  return ['environments', name, 'branching', 'current_branch'];
}

/** A reader sees the old file or the new one, whole. */
function replace(file: string, text: string): void {
  const folder = mkdtempSync(join(dirname(file), '.cli-'));
  try {
    const next = join(folder, 'cli.yml');
    writeFileSync(next, text, { mode: 0o600 });
    renameSync(next, file);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
