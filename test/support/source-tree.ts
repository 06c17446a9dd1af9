import { existsSync, globSync, readFileSync } from 'node:fs'
import path from 'node:path'

const REPO = path.join(import.meta.dirname, '../..')

/** One `import`, `export … from`, `import()` or `new URL(…, import.meta.url)`, for its types too. */
export interface Import {
  /** The file by its path in the repository, or a package or built-in module by its name. */
  readonly target: string
  /** What is named; null where it may be everything. */
  readonly names: readonly string[] | null
}

export interface SourceFile {
  /** From the root of the repository, with `/`. */
  readonly path: string
  /** The text without lines that are comments. */
  readonly code: string
  readonly imports: readonly Import[]
}

const FROM =
  /\b(?:import|export)\s+(?:type\s+)?(?:[\w$]+\s*,\s*)?(\{[^}]*\}|\*(?:\s+as\s+[\w$]+)?|[\w$]+)\s*from\s*'([^']+)'/g
const WHOLE = /\bimport\s*\(?\s*'([^']+)'|\bnew URL\('(\.[^']+\.[jt]s)', import\.meta\.url\)/g

/** The TypeScript and JavaScript below these folders, by path; tests too where asked. Read as text: nothing has to be built. */
export function readSources(folders: readonly string[], withTests = false): SourceFile[] {
  return folders
    .flatMap((folder) => filesOf(`${folder}/**/*.{ts,tsx,js}`))
    .filter((file) => withTests || !file.endsWith('.test.ts'))
    .sort()
    .map(readSource)
}

/** Paths below the root that match, with `/`, without what is installed. */
export function filesOf(pattern: string): string[] {
  return globSync(pattern, { cwd: REPO, exclude: ['**/node_modules/**', '**/dist/**'] })
    .map((file) => file.split(path.sep).join('/'))
    .sort()
}

/** The text of a file of the repository. */
export function textOf(file: string): string {
  return readFileSync(path.join(REPO, file), 'utf8')
}

function readSource(file: string): SourceFile {
  const code = textOf(file)
    .split('\n')
    .filter((line) => !/^\s*(?:\/\/|\/?\*)/.test(line))
    .join('\n')
  const named = [...code.matchAll(FROM)].map(([, names = '', spec = '']) => ({
    target: resolved(file, spec),
    names: names.startsWith('{') ? namesIn(names) : names.startsWith('*') ? null : ['default'],
  }))
  const whole = [...code.matchAll(WHOLE)].map(([, spec, url]) => ({
    target: resolved(file, spec ?? url ?? ''),
    names: null,
  }))
  return { path: file, code, imports: [...named, ...whole] }
}

function namesIn(braces: string): string[] {
  return braces
    .slice(1, -1)
    .split(',')
    .map(
      (part) =>
        part
          .trim()
          .replace(/^type /, '')
          .split(' as ')[0] ?? '',
    )
    .filter((name) => name !== '')
}

function resolved(file: string, spec: string): string {
  if (spec.startsWith('#')) return spec.slice(1)
  if (!spec.startsWith('.')) return spec
  return path.posix.join(path.posix.dirname(file), spec)
}

/** Whether what an import names is a file of the repository. */
export function isOurs(target: string): boolean {
  return existsSync(path.join(REPO, target))
}
