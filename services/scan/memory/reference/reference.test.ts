import { describe, expect, it } from 'vitest'
import { contractSchema } from '#core/contract.ts'
import { seededRandom } from '#core/random.ts'
import { encodeRecords } from '#core/record-codec.ts'
import { choosePool } from '../pool/pool.ts'
import { isForetold, referenceFrom } from './reference.ts'
import { teachersIn } from './teachers.ts'

const random = seededRandom(5, 'reference test')

describe('teachersIn', () => {
  const records = Array.from({ length: 1000 }, (_, i) => {
    const risk = i < 40 ? 0.9 : i < 50 ? 0.45 : random.next() * 0.4
    return { risk, decision: i < 40 ? ('quarantine' as const) : ('admit' as const) }
  })
  const judged = { window: 'w', seed: 1, records }
  const members = choosePool(
    records.map(({ risk }) => risk),
    judged,
  )

  it('takes a hundred at most of what was admitted, each once, the same each time', () => {
    const taken = teachersIn(members, judged)
    expect(taken.length).toBeLessThanOrEqual(100)
    expect(taken.length).toBeGreaterThan(80)
    expect(new Set(taken).size).toBe(taken.length)
    expect(taken.every((i) => records[i]!.decision === 'admit' && members.includes(i))).toBe(true)
    expect(teachersIn(members, judged)).toEqual(taken)
    expect(teachersIn(members, { ...judged, window: 'v' })).not.toEqual(taken)
  })

  it('has of what the scan put first, whatever its risk, no more than its part of the window', () => {
    const risk = records.map((record) => record.risk)
    const first = records.flatMap((record, i) => (record.risk < 0.1 ? [i] : [])).slice(0, 100)
    const order = Int32Array.from(new Set([...first, ...records.keys()]))
    const counts = Array.from({ length: 40 }, (_, w) => {
      const window = `w${w}`
      const chosen = choosePool(risk, { seed: 1, window, order })
      expect(first.filter((i) => chosen.includes(i)).length).toBeGreaterThan(60)
      return teachersIn(chosen, { ...judged, window }).filter((i) => first.includes(i)).length
    })
    const mean = counts.reduce((sum, count) => sum + count, 0) / counts.length
    expect(mean).toBeGreaterThan(7)
    expect(mean).toBeLessThan(14)
  })

  it('has of the riskiest no more than their part of the window', () => {
    const riskiest = new Set([...records.keys()].sort((a, b) => records[b]!.risk - records[a]!.risk).slice(0, 100))
    const counts = Array.from({ length: 40 }, (_, w) => {
      const window = `w${w}`
      const chosen = choosePool(
        records.map(({ risk }) => risk),
        { seed: 1, window },
      )
      return teachersIn(chosen, { ...judged, window }).filter((i) => riskiest.has(i)).length
    })
    // sixty of the hundred riskiest were admitted: of a hundred records that are like the window some six
    const mean = counts.reduce((sum, count) => sum + count, 0) / counts.length
    expect(mean).toBeGreaterThan(3)
    expect(mean).toBeLessThan(10)
  })
})

describe('referenceFrom', () => {
  const contract = contractSchema.parse({
    version: 1,
    schema: {},
    features: { kind: 'text', field: 'text' },
    label: 'label',
    contributor: 'by',
  })
  const lines = (n: number, by: (i: number) => string) =>
    encodeRecords(
      Array.from({ length: n }, (_, i) => ({
        id: `r${i}`,
        fields: { text: `text ${i}`, label: i % 2 === 0 ? 'even' : 'odd', by: by(i) },
        provenance: { source: 's', partition: 'p', position: String(i) },
      })),
    )
  const textsOf = (reference: ReturnType<typeof referenceFrom>) =>
    reference?.samples.kind === 'text' ? reference.samples.texts : []

  it('has the records and their labels', () => {
    const reference = referenceFrom(
      lines(60, (i) => `c${i % 30}`),
      [],
      contract,
      0,
    )
    expect(reference?.labels).toMatchObject({ names: ['even', 'odd'], counts: Int32Array.of(30, 30) })
    expect(textsOf(reference)).toHaveLength(60)
  })

  it('has of nobody more than a tenth, and nothing of who was named', () => {
    const by = (i: number) => (i < 100 ? 'loud' : i < 120 ? 'named' : `c${i % 40}`)
    const named = [{ name: 'named', says: '', evidence: 9, share: 0.1 }]
    const texts = textsOf(referenceFrom(lines(300, by), named, contract, 0))
    expect(texts.filter((text) => Number(text.slice(5)) < 100)).toHaveLength(28)
    // the newest of them
    expect(texts[0]).toBe('text 72')
    expect(texts.some((text) => Number(text.slice(5)) >= 100 && Number(text.slice(5)) < 120)).toBe(false)
    expect(texts).toHaveLength(28 + 180)
  })

  it('is none where there are too few', () => {
    expect(
      referenceFrom(
        lines(49, (i) => `c${i}`),
        [],
        contract,
        0,
      ),
    ).toBeNull()
  })
})

it('is asked of labelled images, vectors and tables', () => {
  const of = (features: unknown, rest = {}) =>
    isForetold(contractSchema.parse({ version: 1, schema: {}, features, ...rest }))
  const vector = { kind: 'vector', field: 'x', length: 3 }
  expect(of(vector, { label: 'y' })).toBe(true)
  expect(of(vector)).toBe(false)
  expect(of({ kind: 'text', field: 'x' }, { label: 'y' })).toBe(false)
})
