import { describe, expect, it } from 'vitest'
import { seededRandom } from '#core/random.ts'
import type { DataRecord } from '#core/record.ts'
import { POOL_KEPT_WINDOWS } from '#core/window.ts'
import type { Samples, ScanInput } from '../../view/samples.ts'
import { inventedExchanges } from '#attacks/exchanges/samples.ts'
import { decodeKeys, keysOf, type Keys } from '../leads/keys.ts'
import { decodeColumns } from '../spikes/columns.ts'
import { asScanned, GIVEN_BYTES, POOL_BYTES, poolOf } from './given.ts'
import { linesBehind, readLines } from './pool.ts'
import { decodePrints } from '../repeats/prints.ts'

const random = seededRandom(5, 'given')
const labelled = (n: number, names: number): ScanInput['labels'] => ({
  names: Array.from({ length: names }, (_, i) => `label ${i}`),
  of: Int32Array.from({ length: n }, (_, i) => i % names),
  counts: new Int32Array(names).fill(n / names),
})

/** Windows of n records with samples of their own, each of which takes so many bytes. */
interface Kind {
  readonly n: number
  readonly bytes: number
  readonly samples: Samples
  readonly names?: number
}
const texts = (n: number): Samples => ({
  kind: 'text',
  texts: Array.from({ length: n }, (_, i) => `a ${i} b c d e f g`),
})
const table = (n: number, width: number): Samples => ({
  kind: 'table',
  columns: Array.from({ length: width }, (_, c) => ({
    name: `x${c}`,
    type: 'number',
    values: Float64Array.from({ length: n }, () => random.normal()),
  })),
})
const WORST: Readonly<Record<string, Kind>> = {
  'wide images': { n: 1000, bytes: 270_000, samples: texts(1000) },
  'long texts': { n: 2000, bytes: 60_000, samples: texts(2000) },
  'embeddings of 4,096 numbers': { n: 2000, bytes: 80_000, samples: texts(2000) },
  'short texts of a large window': { n: 40_000, bytes: 1200, samples: texts(40_000) },
  'exchanges of a large window': {
    n: 16_000,
    bytes: 1200,
    samples: { kind: 'exchange', form: 'instruction', exchanges: inventedExchanges(16_000, 6) },
  },
  'a wide table': { n: 4000, bytes: 4000, samples: table(4000, 30) },
  'a large table with as many labels as records': { n: 20_000, bytes: 300, samples: table(20_000, 12), names: 20_000 },
}

function given({ n, bytes, samples, names = 2 }: Kind) {
  const field = 'x'.repeat(bytes)
  const provenance = { source: 's', partition: 'p', position: '1' }
  const records = Array.from({ length: n }, (_, i): DataRecord => ({
    id: `r${i}`,
    fields: { x: field },
    provenance,
  }))
  const scored = records.map(({ id }, index) => ({
    id,
    index,
    risk: random.next() / 2,
    decision: index % 3 === 0 ? ('quarantine' as const) : ('admit' as const),
    issues: [],
  }))
  const input = { n, seed: 0, samples, labels: labelled(n, names), contributors: labelled(n, n) }
  return poolOf(records, { window: 'w', seed: 0, records: scored }, input)
}

describe('what a window gives', () => {
  it.each(Object.entries(WORST))('is no more than its part of the pool: %s', (_, kind) => {
    const { ref, lines } = given(kind)
    expect(lines.length).toBeLessThanOrEqual(GIVEN_BYTES)
    expect(ref.members.length).toBeGreaterThan(0)
    expect(ref.leftOut).toBeDefined()
    const behind = linesBehind(lines, ref.members.length)
    const [prints] = readLines([behind], decodePrints)
    expect(prints!.prints.length / 24).toBe(kind.n - ref.leftOut!.prints)
    const [columns] = readLines([behind], decodeColumns)
    const able = kind.samples.kind === 'table' ? kind.samples.columns.length : 0
    expect(columns?.columns.length ?? 0).toBe(able - ref.leftOut!.columns)
  })

  it('leaves nothing out of what is small, and says so by saying nothing', () => {
    expect(given({ n: 4000, bytes: 300, samples: table(4000, 10) }).ref).not.toHaveProperty('leftOut')
  })

  it('stays, with a memory of three MiB, within 64 MiB a dataset: one window more than are kept may be there', () => {
    expect(GIVEN_BYTES * (POOL_KEPT_WINDOWS + 1) + 3 * 2 ** 20).toBeLessThanOrEqual(64 * 2 ** 20)
    expect(POOL_BYTES).toBe(GIVEN_BYTES * POOL_KEPT_WINDOWS)
  })
})

it('a window gives what follows the leads of earlier ones, and the keys of its exchanges', () => {
  const exchanges = inventedExchanges(2000, 4).map((of, i) =>
    i % 500 === 9 ? { ...of, prompt: `${of.prompt} zebu`, response: `${of.response} okapi` } : of,
  )
  const samples: Samples = { kind: 'exchange', form: 'instruction', exchanges }
  const input: ScanInput = { n: 2000, seed: 0, samples, labels: null, contributors: null }
  const provenance = { source: 's', partition: 'p', position: '1' }
  const records = exchanges.map(({ prompt, response }, i) => ({
    id: `r${i}`,
    fields: { prompt, response },
    provenance,
  }))
  const scored = records.map(({ id }, index) => ({
    id,
    index,
    risk: index % 500 === 9 ? 0 : 0.1 + (index % 7) / 100,
    decision: 'admit' as const,
    issues: [],
  }))
  const { asked, answered } = keysOf(input)!
  // each word is the only key that these have, and others have not
  const keyOf = ({ starts, keys }: Keys) => {
    const of = (i: number) => [...keys.subarray(starts[i], starts[i + 1])]
    return of(9).find((key) => of(509).includes(key) && of(1009).includes(key) && !of(10).includes(key))!
  }
  const leads = [{ asked: keyOf(asked), answered: keyOf(answered) }]
  const given = (known: typeof leads) =>
    poolOf(records, { window: 'w', seed: 0, records: scored }, input, { leads: known })
  const planted = [9, 509, 1009, 1509]
  expect(given(leads).ref.members).toEqual(expect.arrayContaining(planted))
  expect(planted.some((i) => !given([]).ref.members.includes(i))).toBe(true)
  const { ref, lines } = given([])
  const [keys] = readLines([linesBehind(lines, ref.members.length)], decodeKeys)
  expect(keys!.asked.starts).toHaveLength(2001)
})

describe('asScanned', () => {
  it('leaves what a scan looks at: samples, label and contributor, and no field beside that could be padded', () => {
    const provenance = { source: 's', partition: 'p', position: '1' }
    const fields = { text: 'a b', kind: 'ham', who: 'ann', note: 'x'.repeat(100_000) }
    const contract = { features: { kind: 'text', field: 'text' }, label: 'kind', contributor: 'who' } as const
    const [record] = asScanned([{ id: 'r', fields, provenance }], contract)
    expect(record).toEqual({ id: 'r', fields: { text: 'a b', kind: 'ham', who: 'ann' }, provenance })
  })
})
