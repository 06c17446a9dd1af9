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
    const features = { kind: 'vector', field: 'x', length: LENGTH }
    const contract = contractSchema.parse({ version: 1, schema: {}, features, label: 'label' })
    const known = { history: EMPTY_HISTORY, signatures: [], floods: [], named: [], ref: { through: 4, sha256: 'a' } }
    const others = recordsOf(inputOf(800, 3))
    const { sidecar } = await scoreWindow({
      window: 'w',
      plaintext: recordsOf(input),
      contract,
      policy: policySchema.parse({}),
      seed: input.seed,
      memory: { ...known, reference: others },
    })
    const { risk } = await scanWindow({ ...input, reference })
    expect(decodeSidecar(sidecar).records.map((record) => record.risk)).toEqual([...risk])
  })
})
