import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { seededRandom } from '#core/random.ts'
import type { Detector } from '#services/scan/detector.ts'
import { scan } from './scan.ts'

/** Two kinds of flower; every 40th is labelled as the other. */
const ROWS = 600
const random = seededRandom(7, 'library scan test')
const x = Array.from({ length: ROWS }, (_, i) => [5 * (i % 2) + random.next(), 3 * (i % 2) + random.next()])
const y = x.map((_, i) => ['tulip', 'rose'][i % 40 === 5 ? 1 - (i % 2) : i % 2]!)
const records = x.map(([height = 0, width = 0], i) => ({ height, width, kind: y[i]! }))
const flipped = (i: number) => i % 40 === 5

let folder: string
beforeAll(async () => void (folder = await mkdtemp(join(tmpdir(), 'credence-scan-'))))
afterAll(() => rm(folder, { recursive: true, force: true }))

const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value / values.length, 0)

describe('scan', () => {
  it('gives a risk, a decision and reasons for every record, in the order of the input', async () => {
    const result = await scan(records, { threads: 1 })
    expect(result.records.map(({ index }) => index)).toEqual(records.map((_, i) => i))
    const risks = (wanted: boolean) =>
      result.records.filter(({ index }) => flipped(index) === wanted).map(({ risk }) => risk)
    expect(mean(risks(true))).toBeGreaterThan(mean(risks(false)) + 0.3)
    const held = result.records.filter(({ decision }) => decision !== 'admit')
    expect(held.length).toBeGreaterThan(0)
    for (const { issues } of held) expect(issues[0]?.why).toMatch(/\w/)
  })

  it('gives the same of a file as of its records', async () => {
    const file = join(folder, 'flowers.jsonl')
    await writeFile(file, records.map((record) => JSON.stringify(record)).join('\n'))
    const [fromFile, fromMemory] = [await scan(file, { threads: 1 }), await scan(records, { threads: 1 })]
    expect(fromFile.records.map(({ risk }) => risk)).toEqual(fromMemory.records.map(({ risk }) => risk))
    expect(fromFile.campaigns).toEqual(fromMemory.campaigns)
  })

  it('holds records against the benchmarks that a model will be judged by', async () => {
    const exam =
      'How many of the eleven ferries that leave the harbour before noon are back by the evening of the same day?'
    const benchmark = join(folder, 'exam.jsonl')
    const items = Array.from({ length: 20 }, (_, k) => ({
      question: k === 7 ? exam : `Question ${k}: what is ${k} plus ${k}?`,
      answer: `It is ${2 * k}.`,
    }))
    await writeFile(benchmark, items.map((item) => JSON.stringify(item)).join('\n'))
    const pairs = Array.from({ length: 60 }, (_, i) => ({
      instruction: i === 41 ? `Answer this. ${exam}` : `Say what the ${i}th word of list ${i * 3} is, please.`,
      output: i === 41 ? 'Nine of them.' : `The ${i}th word is number ${i * 7} of them.`,
    }))
    const { records: found } = await scan(pairs, { threads: 1, against: [benchmark] })
    expect(found[41]?.issues.map(({ why }) => why).join()).toContain(
      '1 record shares 13 words in a row with exam.jsonl',
    )
  })

  it('takes arrays, whose y is the label', async () => {
    const result = await scan({ x, y }, { threads: 1 })
    expect(result.records[1]?.label).toBe('rose')
    expect(result.records).toHaveLength(ROWS)
    await expect(scan({ x, y: y.slice(1) })).rejects.toMatchObject({ code: 'invalid', reason: 'lengths' })
    await expect(scan([])).rejects.toMatchObject({ code: 'invalid', reason: 'nothing_readable' })
  })
})

/** Suspects the records of one contributor's rows by their place: enough to see that it is heard. */
const SOURCE = `export default {
  info: { name: 'third-row', family: 'trigger', version: 1 },
  needs: [],
  tags: { role: 'carrier' },
  async score(view) {
    const scores = Float64Array.from({ length: view.n }, (_, i) => (i === 3 ? 50 : -5))
    const group = { members: Int32Array.of(3), posterior: Float64Array.of(1), evidence: 50, label: -1, summary: 'one row' }
    return { scores, scale: 'absolute', groups: [group], why: () => 'It is the third row.' }
  },
}
`

describe('a detector of one’s own', () => {
  it('drives risk from a worker thread, and its module’s digest is recorded', async () => {
    const file = join(folder, 'third-row.mjs')
    await writeFile(file, SOURCE)
    const result = await scan(records, { threads: 1, detectors: [file] })
    expect(result.records[3]).toMatchObject({ decision: 'quarantine', issues: [{ why: 'It is the third row.' }] })
    const named = (name: string) => /^third-row@[0-9a-f]{16}$/.test(name)
    const before = result.detectors.find(({ name }) => named(name))?.name
    expect(before).toBeDefined()
    const changed = join(folder, 'changed.mjs')
    await writeFile(changed, `${SOURCE}// changed`)
    const again = await scan(records, { threads: 1, detectors: [changed] })
    expect(again.detectors.map(({ name }) => name).filter(named)).not.toEqual([before])
  })

  it('runs in this thread where it is an object', async () => {
    const scored: number[] = []
    const quiet: Detector = {
      info: { name: 'quiet', family: 'outlier', version: 1 },
      needs: [],
      tags: { role: 'supporting' },
      score: async ({ n }) => {
        scored.push(n)
        return { scores: new Float64Array(n), scale: 'relative', groups: [], why: () => '' }
      },
    }
    const result = await scan(records, { detectors: [quiet] })
    expect(scored).toEqual([ROWS])
    expect(result.detectors.map(({ name }) => name)).toContain('quiet')
  })

  it('is refused by name where it is none', async () => {
    const file = join(folder, 'none.mjs')
    await writeFile(file, 'export default {}')
    await expect(scan(records, { threads: 1, detectors: [file] })).rejects.toMatchObject({ reason: 'detector' })
    await expect(scan(records, { threads: 1, detectors: ['nowhere.mjs'] })).rejects.toMatchObject({ code: 'not_found' })
  })
})
