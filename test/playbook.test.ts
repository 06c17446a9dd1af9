import { globSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { problems, readRan } from '../tools/playbook/check.ts'
import { bookHtml, pagesIn } from '../tools/playbook/book.ts'
import { refusalOf } from '../tools/playbook/commands.ts'
import { crossProblems, readGovernance } from '../tools/playbook/governance.ts'
import { diagrams } from '../tools/playbook/diagrams.ts'
import { linkedTests } from '../tools/playbook/links.ts'
import { missing } from '../tools/playbook/proofs.ts'
import { readThreats, threatProblems } from '../tools/playbook/threats.ts'
import { resolved, withinProblem } from '../tools/playbook/within.ts'
import { ROOT, textAt } from '../tools/playbook/files.ts'
import { commandsOf, trialOf } from '../tools/playbook/sandbox/page.ts'

test('every proof of a control is there, every link leads somewhere, and every page is what its source says', async () => {
  expect(await problems()).toEqual([])
})

test('a proof that is not there is noticed, of each kind', async () => {
  const test = 'test/safety.test.ts'
  expect(await missing({ test, name: 'have no circle' })).toBeNull()
  expect(await missing({ test, name: 'have no square' })).toMatch('have no square')
  expect(await missing({ test: 'test/gone.test.ts', name: 'x' })).toMatch('is not there')
  expect(await missing({ file: 'docs/gone.md' })).toMatch('is not there')
  expect(await missing({ figure: 'README.md', text: '58,005 records of 58,004 held' })).toMatch('does not say')
  const rule = 'infra/terraform/modules/aws/store.tf'
  expect(await missing({ rule, name: 'aws_s3_bucket.store' })).toBeNull()
  expect(await missing({ rule, name: 'aws_s3_bucket.stores' })).toMatch('has no')
  expect(await missing({ rule: 'deploy/policies/admission.yaml', name: 'credence-pod' })).toMatch('has no')
})

test('a command that the command line would refuse is noticed: its name, an option, a choice, what is required', async () => {
  expect(await refusalOf("credence recall add $record --reason 'copies of the test set' -y | cat")).toBeNull()
  expect(await refusalOf('credence recal list')).toMatch('recal')
  expect(await refusalOf('credence recall list --every')).toMatch('--every')
  expect(await refusalOf('credence quarantine list --family dragons')).toMatch('dragons')
  expect(await refusalOf('credence explain')).toMatch('record')
  expect(await refusalOf('rm -r .credence')).toMatch('not a command')
})

test('a framework that names no control, twice the same line, or leaves open what remains is noticed', () => {
  const { controls, modified } = readGovernance()
  const item = { id: '1', asks: 'x', answer: 'part' as const, by: ['nothing'] }
  const held = { as: 'list' as const, to: 'x', in: 'x', of: '2026-11-21' }
  const framework = { id: 'f', title: 'F', about: 'x', source: 'https://example.org', held, items: [item, item] }
  const found = crossProblems({ controls, frameworks: [framework], modified })
  expect(found).toContainEqual(expect.stringContaining('1: no control nothing'))
  expect(found).toContain('f has 1 twice')
  expect(found).toContainEqual(expect.stringContaining('1: what remains?'))
  expect(found).toContainEqual(expect.stringContaining('no framework asks for the control chain'))
})

test('with the reports of a run, a proof whose test did not pass in it is noticed', async () => {
  const { controls } = readGovernance()
  const files = Object.values(controls).flatMap(({ proof }) => proof.flatMap((one) => ('test' in one ? [one] : [])))
  const others = readThreats().attackers.flatMap(({ shows }) => (shows === undefined ? [] : [shows]))
  const failed = files[0]!
  const folder = await mkdtemp(join(tmpdir(), 'credence-playbook-'))
  try {
    const report = join(folder, 'report.json')
    const testResults = [...files, ...others, ...linkedTests('docs/threat-model.md')].map(({ test, name }) => ({
      name: test,
      assertionResults: [{ status: name === failed.name ? 'failed' : 'passed', fullName: `suite ${name}` }],
    }))
    await writeFile(report, JSON.stringify({ testResults }))
    const says = (await problems(readRan([report]))).map((problem) => problem.says)
    expect(says.length).toBeGreaterThan(0)
    expect(says.every((one) => one.includes(failed.name))).toBe(true)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
})

test('a service or a zone without a row of threats, a control that is not there, and an attack without a test are noticed', () => {
  const { attackers, stride, loss } = readThreats()
  const { ingest: _, ...services } = stride.services
  const clean = { ...stride.stores['clean']!, S: 'hope' }
  const { jobs: __, ...flows } = stride.flows
  const { shows: ___, limit: ____, ...first } = attackers[0]!
  const bare = { ...first, within: 'quite soon' }
  const stores = { ...stride.stores, clean, attic: clean }
  const spoilt = { attackers: [bare], stride: { services, stores, flows }, loss }
  const found = threatProblems(spoilt, readGovernance())
  expect(found).toContainEqual(expect.stringContaining('service ingest has no row'))
  expect(found).toContainEqual(expect.stringContaining('flow jobs has no row'))
  expect(found).toContainEqual(expect.stringContaining('there is no zone attic'))
  expect(found).toContainEqual(expect.stringContaining('clean: no control hope'))
  expect(found).toContain(`${bare.holds}, ${bare.tries}: a test or a limit, one of them`)
  expect(found.some((one) => one.includes('quite soon'))).toBe(true)
})

test('how long until something is noticed is taken from what decides it, and refused where nothing does', () => {
  expect(resolved('{for CredenceWindowsWait}, {above CredenceWindowsWait}')).toBe('5 min, 15 min')
  expect(resolved('each {constant app/sweep-service.ts SWEEP_MS}')).toBe('each 15 s')
  expect(resolved('{setting window.seconds}')).toBe('1 min')
  expect(withinProblem('at once')).toBeNull()
  expect(withinProblem('two minutes')).toMatch('no number of the system')
  expect(withinProblem('{for CredenceDragons}')).toMatch('nothing has')
  expect(withinProblem('{figure sybils: dragons}')).toMatch('nothing has')
})

test('every incident says how it is noticed, what to do first, what to keep, whom to tell and what ends it', () => {
  const pages = globSync('docs/playbook/incidents/*.md', { cwd: ROOT })
  expect(pages).toHaveLength(10)
  for (const page of pages) {
    const text = textAt(page)
    for (const heading of ['How you notice', 'First hour', 'Evidence to keep', 'Tell', 'It is over when'])
      expect(text, page).toContain(`\n## ${heading}\n`)
    const under = trialOf(text)
      .steps.filter(({ hidden }) => !hidden)
      .map((step) => step.under)
    expect(under, page).toContain('First hour')
  }
})

test('a PDF of Chromium says on which page each chapter begins', () => {
  const [first, second] = [...bookHtml('1').matchAll(/<section id="([^"]+)"/g)].map(([, id]) => id!)
  const ids = [...bookHtml('1').matchAll(/<section id="([^"]+)"/g)].map(([, id]) => id!)
  const objects = '7 0 obj\n<</Type /Page\n>>\nendobj\n9 0 obj\n<</Type /Page\n>>\nendobj\n'
  const pdf = (on: (id: string) => number) =>
    Buffer.from(`${objects}${ids.map((id) => `/${id} [${on(id)} 0 R /XYZ 0 841 0]\n`).join('')}`)
  const pages = pagesIn(pdf((id) => (id === first ? 7 : 9)))
  expect(pages.get(first!)).toBe(1)
  expect(pages.get(second!)).toBe(2)
  expect(bookHtml('1', pages)).toContain('<span class="page">2</span>')
  expect(() => pagesIn(pdf(() => 8))).toThrow('on which page')
})

test('a page is tried step by step: what is hidden, what is shown, what it ends with and says', () => {
  const page = `<!-- sandbox over keys -->
<!-- sandbox
rm link.json
-->

## First hour

\`\`\`sh run exit=1
credence verify
\`\`\`
<!-- shows: gone · link 1 -->

\`\`\`sh
credence keys status | cat
\`\`\`
`
  expect(trialOf(page)).toEqual({
    over: 'keys',
    steps: [
      { hidden: true, script: 'rm link.json\n', exit: 0, shows: [], under: '' },
      { hidden: false, script: 'credence verify\n', exit: 1, shows: ['gone', 'link 1'], under: 'First hour' },
    ],
  })
  expect(commandsOf(page)).toEqual(['credence verify', 'credence keys status | cat'])
})

test('the book needs nothing but itself: every link within it leads to a place in it, and diagrams are drawn into it', () => {
  const html = bookHtml('1.2.3')
  const ids = new Set([...html.matchAll(/ id="([^"]+)"/g)].map(([, id]) => id))
  const targets = [...html.matchAll(/href="#([^"]+)"/g)].map(([, target]) => target)
  expect(targets.length).toBeGreaterThan(100)
  expect(targets.filter((target) => !ids.has(target))).toEqual([])
  expect(html).not.toMatch(/<img|<script|<link|src=/)
  expect(html.match(/<figure><svg/g)).toHaveLength(diagrams().size)
})

test('a diagram is light and dark, has a name, and no box of it lies outside or over another', () => {
  for (const [name, text] of diagrams()) {
    expect(text, name).toContain('prefers-color-scheme: dark')
    expect(text, name).toMatch(/aria-label="[^"]+"/)
    const [, width, height] = /viewBox="0 0 (\d+) (\d+)"/.exec(text)!.map(Number)
    const boxes = [...text.matchAll(/<rect [^>]*x="([\d.]+)" y="([\d.]+)" width="([\d.]+)" height="([\d.]+)"/g)].map(
      (found) => found.slice(1).map(Number) as [number, number, number, number],
    )
    expect(boxes.length, name).toBeGreaterThan(3)
    for (const [i, [x, y, w, h]] of boxes.entries()) {
      expect(x >= 0 && y >= 0 && x + w <= width! && y + h <= height!, `${name}, box ${i}`).toBe(true)
      const isOver = boxes.slice(0, i).some((b) => b[0] < x + w && x < b[0] + b[2] && b[1] < y + h && y < b[1] + b[3])
      expect(isOver, `${name}, box ${i}`).toBe(false)
    }
  }
})
