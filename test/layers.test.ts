import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { describe, expect, it } from 'vitest';

const ROOT = join(import.meta.dirname, '..', 'src');

/** What each part may import from, itself aside. A file directly in `src` is a part of its own. */
const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  lib: [],
  engine: ['lib'],
  teleport: ['lib'],
  config: ['lib'],
  sync: ['lib', 'engine', 'teleport'],
  server: ['lib', 'engine', 'teleport', 'sync'],
  sandbox: ['lib', 'engine', 'teleport'],
  'world.ts': ['lib', 'engine', 'teleport', 'config', 'sync'],
  'systemd.ts': ['lib'],
  'serve.ts': ['systemd.ts', 'lib', 'engine', 'teleport', 'config', 'sync', 'server', 'world.ts'],
  'sidecar.ts': ['lib', 'server'],
  'inspect.ts': ['lib', 'engine', 'teleport', 'config', 'sync', 'server', 'sidecar.ts', 'world.ts'],
  yaml: ['lib'],
  site: ['lib', 'engine', 'teleport', 'config', 'yaml', 'inspect.ts', 'world.ts'],
  setup: ['lib', 'engine', 'teleport', 'config', 'yaml', 'site'],
  checks: ['lib', 'engine', 'teleport', 'yaml', 'site', 'setup'],
  cli: [
    'lib',
    'engine',
    'teleport',
    'config',
    'yaml',
    'site',
    'setup',
    'checks',
    'sandbox',
    'serve.ts',
    'inspect.ts',
  ],
  'main.ts': ['cli', 'lib'],
  testing: ['lib', 'engine', 'teleport', 'config', 'sync', 'sandbox', 'cli'],
};

/** Files of `sync` that only compute: they wait for nothing. */
const PURE =
  /^sync\/(change|desired|describe|diff|guard|outlook|pending|plan|queue|readiness|retry|schedule|status|timetable|trouble)\.ts$/;

interface Rule {
  readonly name: string;
  readonly pattern: RegExp;
  readonly allowed: RegExp;
}

const RULES: readonly Rule[] = [
  {
    name: 'time and chance only in lib/clock',
    pattern: /\bDate\.now\(|new Date\(\)|\bsetTimeout\b|\bsetInterval\b|\bMath\.random\(/,
    // The page's own script runs in browsers.
    allowed: /^lib\/clock\.ts$|^testing\/|^server\/page\/assets\.ts$/,
  },
  {
    name: 'child processes only in teleport/tctl, checks, setup and the sandbox',
    pattern: /from '(node:child_process|execa)'/,
    allowed: /^(teleport\/tctl|checks\/|setup\/|sandbox\/|systemd\.ts$)/,
  },
  {
    name: 'no shell',
    pattern: /\bshell: true|\b(execaCommand|execSync)|\b(spawn|exec)\w*\(\s*['"`](\/bin\/)?(ba|da)?sh\b/,
    allowed: /^$/,
  },
  {
    name: 'secrets are compared by Secret alone, whose time tells nothing',
    pattern: /[!=]== [\w.]*\breveal\(\)|\breveal\(\) [!=]== (?!'')/,
    allowed: /^$/,
  },
  {
    name: 'process and console only at the edge',
    pattern: /\bprocess\.(?!getuid\b)|\bconsole\./,
    allowed: /^(main\.ts|cli\/|sandbox\/tctl\/main\.ts)/,
  },
];

const files = readdirSync(ROOT, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.ts'));
const sources = files.filter((file) => !file.endsWith('.test.ts'));
const text = (file: string) => readFileSync(join(ROOT, file), 'utf8');
const code = (file: string) => text(file).replace(/\/\*[\s\S]*?\*\/|\/\/.*$/gm, '');

function importsOf(file: string): string[] {
  const found = [...text(file).matchAll(/(?:from|import\()\s*'(\.[^']+)'/g)].map((match) => String(match[1]));
  return found.map((path) => relative(ROOT, join(ROOT, file, '..', path)));
}

function partOf(file: string): string {
  return file.split('/')[0] ?? file;
}

describe('import rules', () => {
  it.each(sources)('%s imports only from below', (file) => {
    const allowed = MAY_IMPORT[partOf(file)];
    expect(allowed, `${partOf(file)} has no place in the layers`).toBeDefined();
    const wrong = importsOf(file).filter(
      (path) => partOf(path) !== partOf(file) && !allowed?.includes(partOf(path)),
    );
    expect(wrong.filter((path) => !path.startsWith('..'))).toEqual([]);
  });

  it('has no cycles', () => {
    const done = new Set<string>();
    const visit = (file: string, path: readonly string[]): void => {
      if (path.includes(file)) throw new Error(`cycle: ${[...path, file].join(' -> ')}`);
      if (done.has(file) || !sources.includes(file)) return;
      for (const next of importsOf(file)) visit(next, [...path, file]);
      done.add(file);
    };
    for (const file of sources) visit(file, []);
    expect(done.size).toBe(sources.length);
  });

  it('has no barrels', () => {
    expect(sources.filter((file) => /^export \* from|^export \{[^}]*\} from/m.test(text(file)))).toEqual([]);
  });

  it.each(RULES)('$name', ({ pattern, allowed }) => {
    expect(sources.filter((file) => !allowed.test(file) && pattern.test(code(file)))).toEqual([]);
  });

  it('waits for nothing in the pure files of sync', () => {
    const pure = sources.filter((file) => PURE.test(file));
    expect(pure).toHaveLength(15);
    expect(pure.filter((file) => /\basync\b|\bawait\b|\bPromise\b/.test(code(file)))).toEqual([]);
  });
});
