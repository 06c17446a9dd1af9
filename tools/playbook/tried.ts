import { existsSync, globSync, writeFileSync } from 'node:fs'
import { z } from 'zod'
import { CASE_NAMES } from '#examples/cases/cases.ts'
import { figuresOnPage, played, sourceOf } from '#examples/cases/page.ts'
import { ROOT, textAt, type Problem } from './files.ts'
import { digestOf, trialOf } from './sandbox/page.ts'
import type { Tried } from './sandbox/run.ts'

const TRIED = 'docs/playbook/tried.json'
const INCIDENTS = /^docs\/playbook\/incidents\//

const seconds = z.strictObject({ notice: z.number(), firstHour: z.number(), all: z.number() })
const recordSchema = z.strictObject({
  /** Of the machine as the run began. */
  cores: z.number(),
  load: z.number(),
  pages: z.record(
    z.string(),
    z.strictObject({ blocks: z.number(), clock: seconds, processor: seconds, run: z.string() }),
  ),
})
type Record = z.output<typeof recordSchema>

/** How long the pages took when they were last tried and put on record; null before. */
export function readTried(): Record | null {
  return existsSync(`${ROOT}${TRIED}`) ? recordSchema.parse(JSON.parse(textAt(TRIED))) : null
}

/** Puts pages that were tried to their end on record, beside those that are there. */
export function writeTried(
  pages: ReadonlyMap<string, readonly Tried[]>,
  machine: Pick<Record, 'cores' | 'load'>,
): void {
  const all = { ...readTried()?.pages }
  for (const [page, steps] of pages) {
    const of = (which: 'seconds' | 'processorSeconds') => ({
      notice: sum(steps, which, 'How you notice'),
      firstHour: sum(steps, which, 'First hour'),
      all: sum(steps, which),
    })
    const blocks = steps.filter(({ hidden }) => !hidden).length
    all[page] = {
      blocks,
      clock: of('seconds'),
      processor: of('processorSeconds'),
      run: digestOf(trialOf(textAt(page))),
    }
  }
  const sorted = Object.fromEntries(Object.entries(all).sort(([a], [b]) => (a < b ? -1 : 1)))
  writeFileSync(`${ROOT}${TRIED}`, `${JSON.stringify({ ...machine, pages: sorted }, null, 2)}\n`)
}

function sum(steps: readonly Tried[], which: 'seconds' | 'processorSeconds', under?: string): number {
  const counted = steps.filter((step) => !step.hidden && (under === undefined || step.under === under))
  return Math.round(10 * counted.reduce((total, step) => total + step[which], 0)) / 10
}

/** docs/playbook/tried.md: from the alert to the end, by incident, as the last recorded run took. */
export function triedPage(): string {
  const record = readTried()
  const rows = Object.entries(record?.pages ?? {})
    .filter(([page]) => INCIDENTS.test(page))
    .map(([page, { blocks, clock, processor }]) => {
      const title = /^# (.+)$/m.exec(textAt(page))?.[1] ?? ''
      const times = [clock.notice, clock.firstHour, clock.all, processor.all].map((n) =>
        n === 0 ? '–' : `${Math.round(n)} s`,
      )
      return `| [${title}](${page.replace('docs/playbook/', '')}) | ${blocks} | ${times.join(' | ')} |`
    })
  const cases = Object.entries(played()).map(
    ([name, run]) =>
      `| [${name}](../case-studies/${name}.md) | ${run.seconds} s | ${run.processorSeconds} s | ${run.load} |`,
  )
  return `# How long it took

<!-- Made by \`npm run playbook:write\` from tried.json and ../case-studies/played.json, which the runs write. -->

Each incident page was run from the alert to the end, as it is printed, over an installation on one machine. These are the times of its commands. People
are slower: they read, ask and decide. And your store is larger: \`rescan\`, \`verify\` and \`keys reencrypt\` read all of it ([performance](../performance.md)).

${
  record === null
    ? 'No run of them is on record yet.'
    : `| incident | blocks | to see it | first hour | to the end | of the processor |
| --- | --- | --- | --- | --- | --- |
${rows.join('\n')}

Run on ${record.cores} cores at a load of ${record.load}; what else ran makes clocks slow, and the processor's time hardly.`
}

\`npm run playbook:try -- --write\` takes the times anew. The check refuses a page whose blocks were changed since.

## Case studies

| case | clock | of the processor | load as it began |
| --- | --- | --- | --- |
${cases.join('\n')}

\`npm run cases -- --write\` plays all of them and puts their figures on their pages; a release plays them too.
`
}

/** Pages whose blocks, and cases whose program or figures, are no longer those of the run on record. */
export function staleRuns(): Problem[] {
  const tried = readTried()?.pages ?? {}
  const runnable = globSync('docs/playbook/**/*.md', { cwd: ROOT }).filter(
    (page) => trialOf(textAt(page)).steps.length > 0,
  )
  const again = 'try it: `npm run playbook:try -- --write`'
  const pages = [
    ...runnable
      .filter((page) => tried[page] === undefined)
      .map((where) => ({ where, says: `was never tried; ${again}` })),
    ...Object.entries(tried)
      .filter(([page, { run }]) => !existsSync(`${ROOT}${page}`) || digestOf(trialOf(textAt(page))) !== run)
      .map(([where]) => ({ where, says: `was changed since it was tried; ${again}` })),
  ]
  const runs = played()
  const cases = CASE_NAMES.flatMap((name): Problem[] => {
    const where = `docs/case-studies/${name}.md`
    const run = runs[name]
    if (run === undefined) return [{ where, says: `no run is on record: \`npm run cases -- ${name} --write\`` }]
    return [
      ...(run.source === sourceOf(name) ? [] : [{ where, says: 'its program was changed since it was played' }]),
      ...(JSON.stringify(run.figures) === JSON.stringify(figuresOnPage(name))
        ? []
        : [{ where, says: 'its figures are not those of the run on record' }]),
    ]
  })
  return [...pages, ...cases]
}
