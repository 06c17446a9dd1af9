import { readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import type { CaseName } from './cases.ts'
import type { Figure } from './stage.ts'

const BEGINS = '<!-- figures: written by the run -->'
const ENDS = '<!-- /figures -->'

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

/** Puts the figures of a run on the page of its case. */
export function writeFigures(name: CaseName, figures: readonly Figure[]): void {
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
