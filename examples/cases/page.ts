import { createHash } from 'node:crypto'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import type { CaseName } from './cases.ts'
import type { Figure } from './stage.ts'

const BEGINS = '<!-- figures: written by the run -->'
const ENDS = '<!-- /figures -->'

const PLAYED = fileURLToPath(new URL('../../docs/case-studies/played.json', import.meta.url))

/** A run of a case that was put on record: what it came to, how long it took, and of which program. */
export interface Played {
  readonly figures: readonly Figure[]
  readonly seconds: number
  readonly processorSeconds: number
  readonly cores: number
  /** Of the machine as it began: what else ran. */
  readonly load: number
  /** SHA-256 of the case's source, hex. */
  readonly source: string
}

/** The runs on record, by case. */
export function played(): Readonly<Record<string, Played>> {
  return existsSync(PLAYED) ? (JSON.parse(readFileSync(PLAYED, 'utf8')) as Record<string, Played>) : {}
}

export function sourceOf(name: CaseName): string {
  const path = fileURLToPath(new URL(`./${name}.ts`, import.meta.url))
  return createHash('sha256').update(readFileSync(path)).digest('hex')
}

/** Puts a run on record, and its figures on the page of its case. */
export function writePlayed(name: CaseName, run: Omit<Played, 'source'>): void {
  const all = { ...played(), [name]: { ...run, source: sourceOf(name) } }
  const sorted = Object.fromEntries(Object.entries(all).sort(([a], [b]) => (a < b ? -1 : 1)))
  writeFileSync(PLAYED, `${JSON.stringify(sorted, null, 2)}\n`)
  writeFigures(name, run.figures)
}

function pageOf(name: CaseName): string {
  return fileURLToPath(new URL(`../../docs/case-studies/${name}.md`, import.meta.url))
}

/** The figures that a case's page has. Throws where the page has no place for them. */
export function figuresOnPage(name: CaseName): readonly Figure[] {
  const [, table] = partsOf(readFileSync(pageOf(name), 'utf8'))
  return [...table.matchAll(/^\| (?<what>[^|]+) \| (?<value>[^|]+) \|$/gm)]
    .map(({ groups }): Figure => [groups!['what']!.trim(), groups!['value']!.trim()])
    .filter(([what]) => what !== 'figure' && !what.startsWith('---'))
}

function writeFigures(name: CaseName, figures: readonly Figure[]): void {
  const path = pageOf(name)
  const [before, , after] = partsOf(readFileSync(path, 'utf8'))
  const rows = figures.map(([what, value]) => `| ${what} | ${value} |\n`)
  writeFileSync(path, `${before}${BEGINS}\n\n| figure | of the run |\n| --- | --- |\n${rows.join('')}\n${ENDS}${after}`)
}

function partsOf(text: string): readonly [before: string, table: string, after: string] {
  const [from, to] = [text.indexOf(BEGINS), text.indexOf(ENDS)]
  if (from < 0 || to < from) throw new Error(`a case's page has its figures between ${BEGINS} and ${ENDS}`)
  return [text.slice(0, from), text.slice(from, to), text.slice(to + ENDS.length)]
}
