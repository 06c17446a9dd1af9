import { describe, expect, it } from 'vitest'
import { seededRandom } from '#core/random.ts'
import type { Knows } from '../detector.ts'
import type { Grouping } from '../view/samples.ts'
import type { Neighbours } from '../view/window-view.ts'
import { expectedBeside, extremeGroups } from './extremes.ts'

const N = 3000
const CLASSES = 5
const FAR = 40

/** Records in some classes whose neighbours are of their own class, and scores that know nothing of classes. */
function window(seed: number, classes = CLASSES) {
  const random = seededRandom(seed, 'extremes test')
  const classOf = Array.from({ length: N }, (_, i) => i % classes)
  const k = 60
  const index = new Int32Array(N * k)
  for (let i = 0; i < N; i++) {
    // One neighbour in twenty is of another class.
    for (let r = 0; r < k; r++) {
      const step = classes * (1 + random.below(N / classes - 1))
      index[i * k + r] = (i + step + Number(random.next() < 0.05)) % N
    }
  }
  const neighbours: Neighbours = { k, index, distance: new Float32Array(N * k) }
  const scores = Float64Array.from({ length: N }, () => random.normal())
  const far = random.permutation(N).subarray(0, FAR)
  return { classOf, neighbours, scores, far, random }
}

function labelled(classOf: readonly number[]): Grouping {
  const names = Array.from({ length: Math.max(...classOf) + 1 }, (_, c) => `class ${c}`)
  const counts = Int32Array.from(names, (_, c) => classOf.filter((of) => of === c).length)
  return { of: Int32Array.from(classOf), names, counts }
}

function groupsOf(scores: Float64Array, labels: Grouping, neighbours: Neighbours, knows: Knows) {
  return extremeGroups(scores, labels, expectedBeside(labels, neighbours), knows)
}

describe('extremeGroups', () => {
  it('finds far records that were given one label, and names them', () => {
    const { classOf, neighbours, scores, far } = window(1)
    const pushed = classOf.slice()
    for (const i of far) {
      scores[i] = 6 + scores[i]!
      pushed[i] = 2
    }
    const [group, ...others] = groupsOf(scores, labelled(pushed), neighbours, 'nothing')
    expect(others).toEqual([])
    const members = new Set(group?.members)
    expect(far.filter((i) => members.has(i) && classOf[i] !== 2).length).toBeGreaterThan(20)
    expect(group?.members.length).toBeLessThan(50)
    expect(group?.summary).toMatch(/ are labelled class 2, /)
  })

  it.each(['nothing', 'its class'] as const)(
    'says nothing of far records whose neighbours are labelled alike (%s)',
    (knows) => {
      const { classOf, neighbours, scores } = window(2)
      // One class lies far out, as one of a kind that nobody else resembles would.
      classOf.forEach((c, i) => (scores[i] = scores[i]! + (c === 3 ? 4 : 0)))
      expect(groupsOf(scores, labelled(classOf), neighbours, knows)).toEqual([])
    },
  )

  it.each([
    [10, 14, 1],
    [5, 14, 0],
    [8, 30, 1],
  ])('asks for more where fewer labels are the null: of %i labels, %i records', (classes, many, found) => {
    const { classOf, neighbours, scores, far } = window(1, classes)
    const pushed = classOf.slice()
    for (const i of far.subarray(0, many)) {
      scores[i] = 6 + scores[i]!
      pushed[i] = 2
    }
    expect(groupsOf(scores, labelled(pushed), neighbours, 'its class')).toHaveLength(found)
  })

  it('says nothing where labels of far records are noise, and where every class has such', () => {
    const { classOf, neighbours, scores, far, random } = window(3)
    const noisy = classOf.slice()
    for (const i of far) {
      scores[i] = 6 + scores[i]!
      noisy[i] = random.below(CLASSES)
    }
    expect(groupsOf(scores, labelled(noisy), neighbours, 'its class')).toEqual([])
  })
})
