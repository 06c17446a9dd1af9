import { expect, it } from 'vitest'
import { seededRandom } from '#core/random.ts'
import { createEngine } from '../numeric/create-engine.ts'
import { matrix } from '../numeric/matrix.ts'
import { createView } from '../view/create-view.ts'
import { estimateLabelNoise } from './label-noise.ts'
import type { Grouping } from '../view/samples.ts'
import { type Predicted, relearnt } from './relearnt.ts'

const N = 2400
const CLASSES = 6
const TARGET = 3
const EACH = 21
/** How bright the mark is: some are hardly seen. */
const MARK = { least: 0.2, most: 0.6 }
/** A mark that is seen whole, and so often that predictors learn it. */
const PLAIN = { each: 40, mark: { least: 0.4, most: 0.6 } }

interface Drawn {
  readonly each?: number
  readonly mark?: typeof MARK
  /** How many of the planted records another finding points at. */
  readonly pointed?: number
}

/**
 * Images of six kinds, a pixel each and one more. `each` of the other kinds bear the target's label and a mark in that last
 * pixel.
 */
async function judged({ each = EACH, mark = MARK, pointed = 0 }: Drawn = {}) {
  const random = seededRandom(9, 'relearnt')
  const pixels = matrix(N, CLASSES + 1)
  const of = Int32Array.from({ length: N }, (_, i) => i % CLASSES)
  const planted = new Uint8Array(N)
  for (let i = 0; i < N; i++) {
    const [kind, turn] = [i % CLASSES, Math.floor(i / CLASSES)]
    const isPlanted = kind !== TARGET && turn < each
    for (let at = 0; at < CLASSES; at++)
      pixels.data[i * pixels.cols + at] = (at === kind ? 0.7 : 0.3) + 0.1 * random.normal()
    pixels.data[i * pixels.cols + CLASSES] =
      (isPlanted ? mark.least + (mark.most - mark.least) * random.next() : 0.2) + 0.05 * random.normal()
    if (!isPlanted) continue
    planted[i] = 1
    of[i] = TARGET
  }
  const names = Array.from({ length: CLASSES }, (_, c) => `class ${c}`)
  const labels = { of, names, counts: Int32Array.from(names, (_, c) => of.filter((label) => label === c).length) }
  const samples = { kind: 'image' as const, height: 1, width: CLASSES + 1, channels: 1, pixels }
  const view = createView({ n: N, seed: 1, samples, labels, contributors: null }, await createEngine())
  const neighbours = await view.neighbours()
  const estimate = (of: Grouping, { outOfFold, consensus }: Predicted) =>
    estimateLabelNoise(outOfFold, consensus, of, 'image', neighbours)
  const { outOfFold } = await view.probe()
  const learnt = { outOfFold, consensus: (await view.consensus()).probabilities }
  const before = estimate(labels, learnt)
  const oddsBefore = before.logOdds.map((l, i) => l + (before.leanings[of[i]!] ?? 0))
  const members = new Set([...planted.keys()].filter((i) => planted[i] === 1).slice(0, pointed))
  const hint = pointed === 0 ? null : { label: TARGET, members }
  const after = await relearnt(view, { wrong: labels, left: labels }, { ...learnt, noise: before }, estimate, hint)
  const held = (odds: Float64Array, among: Uint8Array) => [...odds.keys()].filter((i) => among[i] === 1 && odds[i]! > 0)
  return { after, planted, oddsBefore, held }
}

it('finds what predictors had learnt to expect, and doubts no others', async () => {
  const { after, planted, oddsBefore, held } = await judged()
  expect(held(oddsBefore, planted).length).toBeLessThan(0.6 * EACH * (CLASSES - 1))
  expect(held(after!.logOdds, planted).length).toBeGreaterThan(0.8 * EACH * (CLASSES - 1))
  const innocent = planted.map((one) => 1 - one)
  expect(held(after!.logOdds, innocent).length).toBeLessThan(5)
  expect(after!.vague).not.toContain(1)
})

it('judges nothing anew where no label leads', async () => {
  const { after } = await judged({ each: 0 })
  expect(after).toBeNull()
})

it('finds what predictors had learnt whole where another finding points at its label', async () => {
  const { after: unaided } = await judged(PLAIN)
  expect(unaided).toBeNull()
  const all = PLAIN.each * (CLASSES - 1)
  const { after, planted, held } = await judged({ ...PLAIN, pointed: 0.8 * all })
  expect(held(after!.logOdds, planted).length).toBeGreaterThan(0.85 * all)
  const innocent = planted.map((one) => 1 - one)
  expect(held(after!.logOdds, innocent).length).toBeLessThan(5)
})

it('believes no finding that points at a label which does not lead once it is forgotten', async () => {
  const { after } = await judged({ each: 0, pointed: 40 })
  expect(after).toBeNull()
})
