import { existsSync, globSync } from 'node:fs'
import { INCIDENTS } from './book.ts'
import { ROOT, textAt, type Problem } from './files.ts'
import type { Governance } from './governance.ts'
import { trialOf } from './sandbox/page.ts'

/** The chapters that are written by hand; the checklist and the page of clouds are made from what they say. */
export const CHAPTERS = ['ingestion', 'encryption', 'federated', 'poisoning', 'running', 'people'].map(
  (name) => `docs/playbook/${name}.md`,
)
const HEADINGS = ['How you notice', 'First hour', 'Evidence to keep', 'Tell', 'It is over when']
export const THREAT_MODEL = 'docs/threat-model.md'
const CASES = ['Vector', 'Detection', 'Mitigation', 'In the clouds']
const INJECTS = 6

/** What the playbook's pages owe their reader, by the kind of page, and do not have. */
export function bookProblems({ controls }: Governance): Problem[] {
  const pages = globSync('docs/playbook/**/*.md', { cwd: ROOT })
  const named = new Set(pages.flatMap((page) => controlsIn(textAt(page))))
  return [
    ...CHAPTERS.flatMap(bareSections),
    ...INCIDENTS.flatMap(incidentProblems),
    ...globSync('docs/case-studies/*.md', { cwd: ROOT }).flatMap(caseProblems),
    ...tabletopProblems('docs/playbook/tabletop.md'),
    ...bareAttacks(THREAT_MODEL),
    ...Object.keys(controls)
      .filter((name) => !named.has(name))
      .map((name) => ({
        where: 'docs/playbook',
        says: `no chapter names the control ${name}: link ../governance/controls.md#${name} where it is used`,
      })),
  ]
}

function controlsIn(text: string): string[] {
  return [...text.matchAll(/governance\/controls\.md#([\w-]+)\)/g)].map(([, name = '']) => name)
}

/** The sections of a page by their heading, without what stands before the first. */
function sectionsOf(text: string): Map<string, string> {
  return new Map(
    text
      .split(/^## /m)
      .slice(1)
      .map((part) => [part.split('\n', 1)[0]!, part]),
  )
}

/** No sentence is a claim: a section has a block that is run, or names the control whose proofs show what it says. */
function bareSections(where: string): Problem[] {
  return [...sectionsOf(textAt(where))]
    .filter(([, part]) => controlsIn(part).length === 0 && !/^```sh run/m.test(part))
    .map(([heading]) => ({ where, says: `“${heading}” names no control and runs nothing: link what shows it` }))
}

function incidentProblems(where: string): Problem[] {
  if (!existsSync(`${ROOT}${where}`)) return [{ where, says: 'this incident has no page' }]
  const text = textAt(where)
  const sections = sectionsOf(text)
  const missing = HEADINGS.filter((heading) => !sections.has(heading))
  const isListed = textAt('docs/playbook/README.md').includes(`(${where.replace('docs/playbook/', '')})`)
  const runs = trialOf(text).steps.some(({ hidden, under }) => !hidden && under === 'First hour')
  return [
    ...missing.map((heading) => ({ where, says: `has no section “${heading}”` })),
    ...(runs ? [] : [{ where, says: 'has no command to run under “First hour”' }]),
    ...(isListed ? [] : [{ where, says: 'is not in the table of docs/playbook/README.md' }]),
  ]
}

function caseProblems(where: string): Problem[] {
  if (where.endsWith('README.md')) return []
  return CASES.filter((part) => !textAt(where).includes(`**${part}.**`)).map((part) => ({
    where,
    says: `has no paragraph “**${part}.**”`,
  }))
}

/** Each attack of the threat model's table links the test that attacks so, by its name. */
function bareAttacks(where: string): Problem[] {
  const [, table = ''] = /^\| who holds .*?\n(.*?)\n\n/ms.exec(textAt(where)) ?? []
  const [, ...rows] = table.split('\n')
  return (rows.length === 0 ? ['(no table)'] : rows)
    .filter((row) => !/\.test\.ts "[^"]+"\)/.test(row))
    .map((row) => ({ where, says: `an attack without a test: ${row.slice(0, 80)}…; link it, with its name as title` }))
}

/** Each exercise has a setting, injects by the minute, and pages; the sheet has a column for it. */
function tabletopProblems(where: string): Problem[] {
  const sections = sectionsOf(textAt(where))
  const sheet = sections.get('Scoring sheet')
  if (sheet === undefined) return [{ where, says: 'has no “Scoring sheet”' }]
  return [...sections.keys()]
    .filter((heading) => /^[A-Z]\. /.test(heading))
    .flatMap((heading) => {
      const part = sections.get(heading)!
      const injects = [...part.matchAll(/^\| \d+ \| /gm)].length
      return [
        ...(injects < INJECTS ? [`“${heading}” has ${injects} injects, not ${INJECTS}`] : []),
        ...(/^Pages: .*incidents\//m.test(part) ? [] : [`“${heading}” names no incident page`]),
        ...(sheet.includes(`| ${heading[0]} |`) ? [] : [`the scoring sheet has no column ${heading[0]}`]),
      ]
    })
    .map((says) => ({ where, says }))
}
