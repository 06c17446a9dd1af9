import { expect, it } from 'vitest'
import { seededRandom } from '#core/random.ts'
import { matrix } from '../../numeric/matrix.ts'
import { nearestNeighbours } from '../../numeric/neighbours.ts'
import { groupBy } from '../../view/build-input.ts'
import { groupOf, otherKinds } from './other-kind.ts'

const LABELS = 6
const EACH = 200
const DIMENSIONS = 12

interface Planted {
  /** How many of class 2 are labelled 4. */
  readonly relabelled: number
  /** Whether these bear a mark. */
  readonly isMarked?: boolean
  /** By how much the content of half of class 4 differs from that of class 2, without a wrong label; none where absent. */
  readonly alike?: number
  /** Whether two fifths of class 4 bear a mark and keep their label. */
  readonly isOfTwoSources?: boolean
  /** Whether labels of the other classes have nothing to do with what their records are. */
  readonly isVague?: boolean
  /** How many of class 4 keep their label, the others being labelled 5; all where absent. */
  readonly own?: number
}

/** Six classes around centres of their own; the parts of each are what its records are, or their first coordinate. */
function window({ relabelled, isMarked = false, alike, own = EACH, isVague = false, isOfTwoSources = false }: Planted) {
  const random = seededRandom(7)
  const centres = Array.from({ length: LABELS }, () => Array.from({ length: DIMENSIONS }, () => 4 * random.normal()))
  // Classes have forms of their own: they vary in other directions.
  const widths = (label: number, j: number) => (isOfTwoSources ? 1 : (label + j) % 3 === 0 ? 3 : 0.7)
  // Where a label has two sources, what it says is near what label 2 says.
  if (isOfTwoSources) centres[4] = centres[2]!.map((v, j) => v + (j === 5 ? 3 : 0))
  const n = LABELS * EACH
  const x = matrix(n, DIMENSIONS)
  const of = Array.from({ length: n }, (_, i) => i % LABELS)
  const struck: number[] = []
  const isOther = new Uint8Array(n)
  of.forEach((label, i) => {
    const k = Math.floor(i / LABELS)
    const isKin = alike !== undefined && label === 4 && k % 2 === 0
    const isStruck = label === 2 && k < relabelled
    if (isStruck) struck.push(i)
    isOther[i] = Number(isKin || isStruck)
    for (let j = 0; j < DIMENSIONS; j++) {
      const centre = isKin ? centres[2]![j]! : centres[label]![j]!
      // Kin spread in half of the directions only, and lie aside: they are told apart record by record.
      const spread = isKin && j % 2 === 0 ? 0.3 : 1
      x.data[i * DIMENSIONS + j] = centre + spread * widths(label, j) * random.normal() + (isKin ? alike : 0)
    }
    const isOfSource = isOfTwoSources && label === 4 && k % 5 < 2
    if (isOfSource) isOther[i] = 1
    if (isOfSource) x.data[i * DIMENSIONS + 3] = x.data[i * DIMENSIONS + 3]! + 10
    if (isStruck && isMarked) x.data[i * DIMENSIONS + 3] = x.data[i * DIMENSIONS + 3]! + 6
  })
  of.forEach((label, i) => {
    if (label === 4 && Math.floor(i / LABELS) >= own) of[i] = 5
  })
  for (const i of struck) of[i] = 4
  if (isVague) of.forEach((label, i) => (of[i] = label === 2 || label === 4 ? label : 6 + random.below(12)))
  const labels = groupBy(of.map(String))!
  const splits = labels.names.map((name, label) => {
    const members = Int32Array.from(of.keys()).filter((i) => labels.of[i] === label)
    const part = Uint8Array.from(members, (i) => (name === '4' ? isOther[i]! : Number(x.data[i * DIMENSIONS]! > 0)))
    return { label, members, part }
  })
  return { x, labels, splits, struck, neighbours: nearestNeighbours(x, 60) }
}

it.each([
  ['half of a class that bears another label', 100, false],
  ['a fifth of it', 40, false],
  ['half of it with a mark, which sets it apart from the class that it was taken from', 100, true],
])('finds %s', (_what, relabelled, isMarked) => {
  const { splits, struck, ...space } = window({ relabelled, isMarked })
  const found = otherKinds(splits, space)
  expect(found).toHaveLength(1)
  const [kind] = found
  expect([kind!.label, kind!.from, kind!.isMarked].map(Number)).toEqual([
    space.labels.names.indexOf('4'),
    space.labels.names.indexOf('2'),
    Number(isMarked),
  ])
  expect([...kind!.members]).toEqual(struck)
  const group = groupOf(kind!, space.labels)
  expect(group.evidence).toBeGreaterThan(12)
  expect(group.summary).toBe(
    `${struck.length} records labelled 4 are of another kind than the rest of it, and look like 2${isMarked ? ' but for a mark that they share' : ''}`,
  )
})

it('finds nothing in a class of two kinds of which one is like another label, but has a look of its own', () => {
  for (const alike of [0, 1, 3]) {
    const { splits, ...space } = window({ relabelled: 0, alike })
    expect(otherKinds(splits, space), `${alike}`).toEqual([])
  }
})

it('finds nothing where no label bears others, or too few do to be told', () => {
  for (const relabelled of [0, 12]) {
    const { splits, ...space } = window({ relabelled })
    expect(otherKinds(splits, space), `${relabelled}`).toEqual([])
  }
})

it.each([true, false])('takes most of a label for what the label is, marked: %s', (isMarked) => {
  const few = window({ relabelled: 100, isMarked, own: 80 })
  expect(otherKinds(few.splits, few)).toHaveLength(1)
  const most = window({ relabelled: 150, isMarked, own: 60 })
  expect(otherKinds(most.splits, most)).toEqual([])
})

it('takes two sources of a label for no other kind', () => {
  const { splits, ...space } = window({ relabelled: 0, isOfTwoSources: true })
  expect(otherKinds(splits, space)).toEqual([])
})

it('asks nothing where most labels do not follow from what records look like', () => {
  const vague = window({ relabelled: 100, isVague: true })
  expect(otherKinds(vague.splits, vague)).toEqual([])
})
