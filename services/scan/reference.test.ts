import { describe, expect, it } from 'vitest'
import { contractSchema } from '#core/contract.ts'
import { policySchema } from '#core/decision.ts'
import { seededRandom } from '#core/random.ts'
import { encodeRecords } from '#core/record-codec.ts'
import { decodeSidecar } from '#core/sidecar.ts'
import { EMPTY_HISTORY } from './calibrate/history.ts'
import { SUSPECTED, scanWindow } from './scan-window.ts'
import { scoreWindow } from './score-window.ts'
import type { Grouping, ScanInput } from './view/samples.ts'

const LABELS = Array.from({ length: 8 }, (_, label) => `kind ${label}`)
const LENGTH = 32
const FLIPPED = 6
const drawn = seededRandom(1, 'centres')
const centres = Float32Array.from({ length: LABELS.length * LENGTH }, () => 0.8 * drawn.normal())

/** Vectors of eight kinds, of which the first few bear the label of another kind. */
function inputOf(n: number, seed: number, flipped = 0): ScanInput & { readonly labels: Grouping } {
  const random = seededRandom(seed, 'reference')
  const kinds = Int32Array.from({ length: n }, (_, i) => i % LABELS.length)
  const data = new Float32Array(n * LENGTH)
  for (let at = 0; at < data.length; at++)
    data[at] = centres[kinds[Math.floor(at / LENGTH)]! * LENGTH + (at % LENGTH)]! + random.normal()
  const of = kinds.map((kind, i) => (i < flipped ? (kind + 1 + random.below(7)) % LABELS.length : kind))
  const counts = Int32Array.from(LABELS, (_, label) => of.filter((own) => own === label).length)
  return {
    n,
    seed: 7,
    samples: { kind: 'vector', vectors: { rows: n, cols: LENGTH, data } },
    labels: { of, names: LABELS, counts },
    contributors: null,
  }
}

/** The same as records, as a stage has them. */
function recordsOf({ n, samples, labels }: ScanInput & { readonly labels: Grouping }): Uint8Array {
  const data = samples.kind === 'vector' ? samples.vectors.data : new Float32Array(0)
  return encodeRecords(
    Array.from({ length: n }, (_, i) => ({
      id: `r${i}`,
      fields: { x: [...data.subarray(i * LENGTH, (i + 1) * LENGTH)], label: labels.names[labels.of[i]!]! },
      provenance: { source: 's', partition: 'p', position: String(i) },
    })),
  )
}

const contract = contractSchema.parse({
  version: 1,
  schema: {},
  features: { kind: 'vector', field: 'x', length: LENGTH },
  label: 'label',
})
const known = { history: EMPTY_HISTORY, signatures: [], floods: [], named: [], ref: { through: 4, sha256: 'a' } }

/** What a stage makes of a window of these records, with those of other windows at hand. */
async function scoredBeside(input: ReturnType<typeof inputOf>, reference: Uint8Array | undefined) {
  const { sidecar, pool } = await scoreWindow({
    window: 'w',
    plaintext: recordsOf(input),
    contract,
    policy: policySchema.parse({}),
    seed: input.seed,
    pooled: true,
    memory: { ...known, ...(reference !== undefined && { reference }) },
  })
  return { ...decodeSidecar(sidecar), lines: pool }
}

describe('records of other windows beside a window', () => {
  const input = inputOf(104, 2, FLIPPED)
  const { labels, samples } = inputOf(800, 3)
  const reference = { labels, samples }
  const suspectsOf = async (of: ScanInput) => {
    const suspects = [...(await scanWindow(of)).risk.entries()].filter(([, risk]) => risk >= SUSPECTED)
    return { flipped: suspects.filter(([i]) => i < FLIPPED).length, innocents: suspects.filter(([i]) => i >= FLIPPED) }
  }

  it('tell which labels are wrong where the window is too small to', async () => {
    const alone = await suspectsOf(input)
    const beside = await suspectsOf({ ...input, reference })
    expect(alone.innocents).not.toEqual([])
    expect(beside.innocents).toEqual([])
    expect(beside.flipped).toBeGreaterThan(alone.flipped)
  })

  it('give the same risks each time, of the window alone', async () => {
    const [first, second] = [await scanWindow({ ...input, reference }), await scanWindow({ ...input, reference })]
    expect(first.risk).toEqual(second.risk)
    expect(first.risk).toHaveLength(input.n)
    expect(first.campaigns.every(({ members }) => members.every((i) => i < input.n))).toBe(true)
  })

  it('change nothing where nobody labelled the window', async () => {
    const unlabelled = { ...input, labels: null }
    const alone = await scanWindow(unlabelled)
    expect((await scanWindow({ ...unlabelled, reference })).risk).toEqual(alone.risk)
  })

  it('come with the memory that a window is judged with', async () => {
    const { records } = await scoredBeside(input, recordsOf(inputOf(800, 3)))
    const { risk } = await scanWindow({ ...input, reference })
    expect(records.map((record) => record.risk)).toEqual([...risk])
  })
})

describe('a window that is too small to be scanned by itself', () => {
  const few = inputOf(20, 2, 2)
  const others = recordsOf(inputOf(800, 3))

  it('is scanned among records of other windows', async () => {
    const { records, unscanned, notes, taught, lines, map } = await scoredBeside(few, others)
    expect(unscanned).toBeUndefined()
    expect(records.map(({ decision }) => decision === 'admit')).toEqual([false, false, ...Array(18).fill(true)])
    expect(notes[0]).toMatch('among 800 of earlier windows')
    expect(map).toHaveLength(2 * few.n)
    // what it is like is for the pool; its scores are of a scale of their own
    expect(taught).toBeUndefined()
    expect(lines?.length).toBeGreaterThan(0)
  })

  it('is held whole where there are none, or few', async () => {
    for (const reference of [undefined, new Uint8Array(0), recordsOf(inputOf(199, 3))]) {
      const { records, unscanned } = await scoredBeside(few, reference)
      expect(unscanned).toMatch('20 records are too few to scan')
      expect(records.every(({ decision }) => decision === 'quarantine')).toBe(true)
    }
  })

  it('has campaigns of its own records alone', async () => {
    const [random, copies] = [seededRandom(3, 'copy'), inputOf(20, 9)]
    const { data } = (copies.samples as { readonly vectors: { readonly data: Float32Array } }).vectors
    for (let i = 1; i < 15; i++)
      for (let j = 0; j < LENGTH; j++) data[i * LENGTH + j] = data[j]! + 1e-4 * random.normal()
    const { campaigns } = await scoredBeside(copies, others)
    expect(campaigns.map(({ family }) => family)).toContain('flood')
    expect(campaigns.flatMap(({ members }) => members).every((i) => i < 15)).toBe(true)
  })
})
