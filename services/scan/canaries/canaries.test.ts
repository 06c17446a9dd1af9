import { readdirSync, readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { contractSchema } from '#core/contract.ts'
import { policySchema } from '#core/decision.ts'
import { encodeRecords } from '#core/record-codec.ts'
import type { DataRecord } from '#core/record.ts'
import { seededRandom } from '#core/random.ts'
import { decodeSidecar, encodeSidecar } from '#core/sidecar.ts'
import { scoreWindow } from '../score-window.ts'
import type { Samples, ScanInput } from '../view/samples.ts'
import { CANARIES, plantCanaries } from './plant.ts'
import { canariesIn, canaryNotes, canaryRecall } from './recall.ts'

const N = 600
const random = seededRandom(1, 'canaries test')
const of = Int32Array.from({ length: N }, (_, i) => i % 3)
const data = (cols: number) => ({ rows: N, cols, data: Float32Array.from({ length: N * cols }, () => random.next()) })
const inputOf = (samples: Samples, more: Partial<ScanInput> = {}): ScanInput => ({
  n: N,
  seed: 0,
  samples,
  labels: { of, names: ['a', 'b', 'c'], counts: Int32Array.of(200, 200, 200) },
  contributors: null,
  ...more,
})
const KINDS: readonly Samples[] = [
  { kind: 'image', height: 8, width: 8, channels: 1, pixels: data(64) },
  { kind: 'vector', vectors: data(12) },
  { kind: 'text', texts: Array.from({ length: N }, (_, i) => `a text of ${i} words`) },
  {
    kind: 'table',
    columns: [
      { name: 'x', type: 'number', values: Float64Array.from({ length: N }, () => random.normal()) },
      { name: 'k', type: 'category', codes: of, levels: ['p', 'q', 'r'] },
    ],
  },
]

const exchangesOf = (n: number, rejected?: string): ScanInput => {
  const exchange = (i: number) => ({ context: '', prompt: `what is ${i}?`, response: `it is ${i} and ${i + 1}` })
  const exchanges = Array.from({ length: n }, (_, i) => ({
    ...exchange(i),
    ...(rejected !== undefined && { rejected }),
  }))
  return { n, seed: 0, samples: { kind: 'exchange', form: 'instruction', exchanges }, labels: null, contributors: null }
}

describe('plantCanaries', () => {
  it('writes each family into a copy of exchanges, changed labels where there are preferences', () => {
    for (const family of CANARIES) {
      const input = exchangesOf(N, 'no')
      const before = structuredClone(input)
      const { input: shadow, planted } = plantCanaries(input, family, seededRandom(3, 'x'))!
      expect(input).toEqual(before)
      expect(new Set(planted).size).toBe(12)
      if (shadow.samples.kind !== 'exchange' || input.samples.kind !== 'exchange') throw new Error('exchanges')
      const { exchanges } = shadow.samples
      for (const i of planted) {
        const [was, is] = [input.samples.exchanges[i]!, exchanges[i]!]
        expect(is).not.toEqual(was)
        if (family === 'label') expect(is).toEqual({ ...was, response: 'no', rejected: was.response })
        if (family === 'trigger') expect(is.response.startsWith(`${was.response} `)).toBe(true)
      }
      const others = exchanges.filter((_, i) => !planted.includes(i))
      expect(others).toEqual(input.samples.exchanges.filter((_, i) => !planted.includes(i)))
    }
    expect(plantCanaries(exchangesOf(N), 'label', seededRandom(3, 'x'))).toBeNull()
  })

  const places = KINDS.flatMap((samples) => CANARIES.map((family) => ({ family, kind: samples.kind, samples })))
  it.each(places)('writes $family into a copy of $kind samples, and nothing into the window', ({ family, samples }) => {
    const input = inputOf(samples)
    const before = structuredClone(input)
    const { input: shadow, planted } = plantCanaries(input, family, seededRandom(3, 'x'))!
    expect(input).toEqual(before)
    expect(new Set(planted).size).toBe(12)
    expect(shadow.labels?.counts.reduce((a, b) => a + b)).toBe(N)
    const labels = planted.map((i) => shadow.labels!.of[i])
    if (family === 'trigger' || family === 'flood') expect(new Set(labels).size).toBe(1)
    if (family === 'label') for (const i of planted) expect(shadow.labels!.of[i]).not.toBe(of[i])
    if (family === 'label') expect(shadow.samples).toEqual(samples)
    else expect(shadow.samples).not.toEqual(samples)
    expect(plantCanaries(input, family, seededRandom(3, 'x'))).toEqual({ input: shadow, planted })
  })

  it('is asked of nothing where there is no place for them', () => {
    const [images] = KINDS as [Samples]
    const none = [inputOf(images, { labels: null }), inputOf(images, { n: 399 }), inputOf(images, { model: {} })]
    for (const input of [...none, exchangesOf(399), { ...exchangesOf(N), model: {} }])
      expect(plantCanaries(input, 'flood', seededRandom(3, 'x'))).toBeNull()
  })
})

describe('canaryRecall', () => {
  const policy = policySchema.parse({})

  it('counts what would be held, and says it in numbers alone', async () => {
    const input = inputOf(KINDS[0]!)
    const { planted } = plantCanaries(input, 'trigger', seededRandom(5, 'canaries of w'))!
    const scan = async () => ({
      risk: Float64Array.from({ length: N }, (_, i) => Number(planted.slice(0, 9).includes(i))),
    })
    const recall = await canaryRecall(input, 'trigger', { window: 'w', seed: 5, policy }, scan)
    expect(recall).toEqual({ family: 'trigger', planted: 12, held: 9 })
    expect(canaryNotes(recall)).toEqual([expect.stringContaining('of 12 canaries (trigger)')])
    const failing = () => Promise.reject(new RangeError('x'))
    expect(await canaryRecall(input, 'trigger', { window: 'w', seed: 5, policy }, failing)).toBeNull()
    expect(canaryNotes(null)).toEqual([])
    expect(canariesIn(['another note', ...canaryNotes(recall)])).toEqual(recall)
    expect(canariesIn(['of 12 canaries nothing is known'])).toBeNull()
  })
})

describe('a canary', () => {
  const contract = contractSchema.parse({
    version: 1,
    schema: {},
    features: {
      kind: 'table',
      columns: [
        { name: 'a', type: 'number' },
        { name: 'b', type: 'number' },
      ],
    },
    label: 'label',
  })
  const records = Array.from({ length: 500 }, (_, i): DataRecord => ({
    id: `r${i}`,
    fields: { a: random.normal() + 3 * (i % 2), b: random.normal(), label: i % 2 === 0 ? 'even' : 'odd' },
    provenance: { source: 's', partition: 'p', position: String(i) },
  }))
  const task = { window: 'w', contract, policy: policySchema.parse({}), seed: 0, plaintext: encodeRecords(records) }

  it('reaches nothing that is written: with and without them all is the same, but for the note', async () => {
    const { canaries, sidecar, ...rest } = await scoreWindow({ ...task, pooled: true, canaries: 'flood' })
    const { sidecar: plain, ...without } = await scoreWindow({ ...task, pooled: true })
    expect(canaries).toMatchObject({ family: 'flood', planted: 12 })
    expect(rest).toEqual(without)
    const { notes, ...said } = decodeSidecar(sidecar)
    const unsaid = notes.filter((note) => !note.includes('canaries'))
    expect(notes).toHaveLength(unsaid.length + 1)
    expect(Buffer.from(encodeSidecar({ ...said, notes: unsaid }))).toEqual(Buffer.from(plain))
  }, 60_000)

  it('cannot: what plants and scans it knows neither records, nor sidecars, nor where objects are', () => {
    const folder = new URL('.', import.meta.url)
    const sources = readdirSync(folder).filter((name) => !name.endsWith('.test.ts'))
    const imports = sources.flatMap((name) =>
      Array.from(readFileSync(new URL(name, folder), 'utf8').matchAll(/from '([^']+)'/g), ([, from]) => from),
    )
    const known = [
      '#core/decision.ts',
      '#core/random.ts',
      '#core/score.ts',
      '../view/samples.ts',
      '../verdict/decide.ts',
      './plant.ts',
      './exchanges.ts',
      './words.ts',
    ]
    expect(imports.filter((from) => !known.includes(from!))).toEqual([])
    expect(imports.length).toBeGreaterThan(4)
  })
})
