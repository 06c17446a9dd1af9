import { expect, it } from 'vitest'
import { seededRandom } from '#core/random.ts'
import { createEngine } from '../../../numeric/create-engine.ts'
import { matrix } from '../../../numeric/matrix.ts'
import { groupBy } from '../../../view/build-input.ts'
import { createView } from '../../../view/create-view.ts'
import { CrossClassSpectrum } from '../cross-class-spectrum.ts'
import { foreignJudge } from './foreign.ts'
import { varyingWithinClasses, whiten } from './whitened.ts'

const engine = await createEngine()
const COORDINATES = 48
const EACH = 400
const GROUP = 40
/** How far labels, and the groups within them, lie apart, in deviations along each coordinate. */
const MARK = 5
const SHIFT = 7
/** From this coordinate on all vary more, so that distances say little about labels. */
const LARGE = 24

type Kind = 'none' | 'topic' | 'unmarked' | 'trigger' | 'pushed' | 'source' | 'form'

/**
 * Embeddings of three labels, each marked by a coordinate of its own, and among the records of the first a group: of one
 * topic, which bears the mark; without the mark; or with another label's mark, and all shifted alike. What is pushed is
 * shifted to the first label's mean as well; a source of the first label is shifted as far; a form is pushed, and narrow.
 */
async function groupsFoundIn(kind: Kind, seed: number) {
  const random = seededRandom(seed, 'embeddings')
  const n = 3 * EACH
  const vectors = matrix(n, COORDINATES)
  const labels = Array.from({ length: n }, (_, i) => 'abc'[i % 3]!)
  for (let i = 0; i < n; i++) {
    const inGroup = labels[i] === 'a' && i < 3 * GROUP && kind !== 'none'
    const spread = inGroup && kind === 'form' ? 0.5 : 1
    for (let j = 0; j < COORDINATES; j++)
      vectors.data[i * COORDINATES + j] = (j < LARGE ? 1 : 6) * spread * random.normal()
    const isForeign = inGroup && ['trigger', 'pushed', 'form'].includes(kind)
    const mark = isForeign ? 1 + (i % 2) : 'abc'.indexOf(labels[i]!)
    const pushes = inGroup && ['pushed', 'source', 'form'].includes(kind) ? [MARK, -MARK / 2, -MARK / 2] : []
    for (const [j, by] of pushes.entries()) vectors.data[i * COORDINATES + j]! += by
    if (!(inGroup && kind === 'unmarked')) vectors.data[i * COORDINATES + mark]! += MARK
    if (inGroup && kind !== 'unmarked') vectors.data[i * COORDINATES + 9]! += SHIFT
  }
  const input = { n, seed, labels: groupBy(labels), contributors: null }
  const view = createView({ ...input, samples: { kind: 'vector', vectors } }, engine)
  return (await new CrossClassSpectrum().score(view)).groups
}

it('finds embeddings that look like other labels but for a shift that they share', async () => {
  const [group, ...others] = await groupsFoundIn('trigger', 1)
  expect(others).toEqual([])
  expect(group!.members.filter((i) => i % 3 === 0 && i < 3 * GROUP)).toHaveLength(GROUP)
  expect(group!.members.length).toBeLessThan(GROUP + 3)
  expect(group!.evidence).toBeGreaterThan(8)
})

it('finds embeddings of several labels that a shift has moved to where their label lies', async () => {
  const [group, ...others] = await groupsFoundIn('pushed', 1)
  expect(others).toEqual([])
  expect(group!.members.filter((i) => i % 3 === 0 && i < 3 * GROUP)).toHaveLength(GROUP)
  expect(group!.evidence).toBeGreaterThan(8)
})

it.each(['none', 'topic', 'unmarked', 'source', 'form'] as const)(
  'finds no trigger in labels whose records are natural: %s',
  async (kind) => {
    for (const seed of [1, 2]) expect(await groupsFoundIn(kind, seed)).toEqual([])
  },
)

/** What is said of the first `size` records of the first of three labels, marked as the other two are and shifted alike. */
async function judged(size: number, pushed: number, { each = 900, areCopies = false } = {}) {
  const random = seededRandom(5, 'sizes')
  const vectors = matrix(3 * each, COORDINATES)
  const labels = groupBy(Array.from({ length: 3 * each }, (_, i) => 'abc'[i % 3]!))!
  for (let i = 0; i < vectors.rows; i++) {
    for (let j = 0; j < COORDINATES; j++) vectors.data[i * COORDINATES + j] = random.normal()
    const isIn = i % 3 === 0 && i < 3 * size
    if (areCopies && i % 3 === 0 && !isIn) vectors.data.fill(1, i * COORDINATES, (i + 1) * COORDINATES)
    vectors.data[i * COORDINATES + (isIn ? 1 + (i % 2) : i % 3)]! += 3
    if (!isIn) continue
    vectors.data[i * COORDINATES]! += pushed
    vectors.data[i * COORDINATES + 9]! += SHIFT
  }
  const { within } = await varyingWithinClasses(engine, vectors, labels)
  const judge = await foreignJudge(engine, await whiten(engine, within, 1e-2), labels, 3)
  const records = Int32Array.from({ length: each }, (_, k) => 3 * k)
  const posterior = Float32Array.from(records, (i) => Number(i < 3 * size))
  return judge!.judge({ label: 0, records, posterior, size, separation: SHIFT, spread: [1, 1] })
}

it('counts sixty members that the discriminant doubts at most, and 120 that are varied', async () => {
  const [few, some, many] = [await judged(60, 0), await judged(120, 0), await judged(200, 0)]
  expect(few.disagreement).toBeGreaterThan(10)
  expect(some.disagreement / few.disagreement).toBeLessThan(1.3)
  expect(few.variety).toBeGreaterThan(10)
  expect(some.variety / few.variety).toBeGreaterThan(1.6)
  expect(many.variety / some.variety).toBeLessThan(1.3)
})

it('doubts no varied records that are pushed to where their label lies', async () => {
  const { apart, disagreement, variety } = await judged(60, 6)
  expect(apart).toBeGreaterThan(4)
  expect(disagreement).toBeLessThan(1)
  expect(variety).toBeGreaterThan(10)
})

it('measures no variety by copies', async () => {
  const { apart, variety } = await judged(100, 0, { each: 612, areCopies: true })
  expect(apart).toBeGreaterThan(3.5)
  expect(variety).toBe(0)
})
