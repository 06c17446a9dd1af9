import { describe, expect, it } from 'vitest'
import { seededRandom } from '#core/random.ts'
import { groupBy } from '../view/build-input.ts'
import type { TableColumn } from '../view/samples.ts'
import { estimateLabelNoise } from './label-noise.ts'
import { matrix } from '../numeric/matrix.ts'
import { leastNoise, taughtNoise } from './taught-noise.ts'

const N = 800

/** Two classes by a logit of this spread, the share `flipped` of the labels replaced, and a predictor that concedes either class the share `conceded` everywhere. */
function labelled(seed: number, spread: number, flipped: number, conceded: number) {
  const random = seededRandom(seed, 'taught noise test')
  const expected = matrix(N, 2)
  const struck = new Set(random.permutation(N).subarray(0, Math.round(flipped * N)))
  const of = Int32Array.from({ length: N }, (_, i) => {
    const p = 1 / (1 + Math.exp(-spread * random.normal()))
    const shown = p * (1 - 2 * conceded) + conceded
    expected.data.set([1 - shown, shown], 2 * i)
    return Number(random.next() < p) ^ Number(struck.has(i))
  })
  const labels = groupBy([...of].map(String))!
  return { expected, labels, struck }
}
const noColumns = () => []
/** A column that says the labels, but for one record in so many. */
const followed = (of: Int32Array, every: number): TableColumn => ({
  name: 'follows',
  type: 'category',
  levels: ['0', '1'],
  codes: of.map((label, i) => (i % every === 0 ? 1 - label : label)),
})

/** By tenths of the records, plainest first: what a predictor concedes to the other of two labels, and how many bear it. */
const DOUBTFUL = {
  conceded: [0.004, 0.01, 0.025, 0.053, 0.09, 0.144, 0.205, 0.288, 0.369, 0.458],
  borne: [0.05, 0.05, 0.05, 0.08, 0.08, 0.12, 0.18, 0.24, 0.3, 0.38],
}
/** The same where one label in twenty was replaced, and few records are doubtful. */
const REPLACED = {
  conceded: [0.02, 0.021, 0.022, 0.023, 0.025, 0.03, 0.04, 0.06, 0.1, 0.2],
  borne: [0.05, 0.05, 0.05, 0.055, 0.055, 0.055, 0.06, 0.08, 0.1, 0.2],
}

/** 2,000 records of two classes alike, of which each tenth is as said. */
function byTenths({ conceded, borne }: typeof DOUBTFUL) {
  const expected = matrix(2000, 2)
  const labels = Array.from({ length: expected.rows }, (_, i) => {
    const [looks, tenth] = [i % 2, Math.floor((10 * i) / expected.rows)]
    const [other, share, at] = [conceded[tenth]!, borne[tenth]!, i >> 1]
    expected.data.set(looks === 0 ? [1 - other, other] : [other, 1 - other], 2 * i)
    return Math.floor((at + 1) * share) > Math.floor(at * share) ? 1 - looks : looks
  })
  return { expected, labels: groupBy(labels.map(String))! }
}

/**
 * 2,000 records of which a column has 25 values, 80 records each; three values in five say the first label. Of each of
 * these, eight records bear the second. Each label is expected by the value's other records: one that was replaced has one
 * fewer of these.
 */
function toldByValue(seed: number) {
  const random = seededRandom(seed, 'told by value')
  const expected = matrix(2000, 2)
  const struck = new Set<number>()
  const of = new Int32Array(expected.rows)
  for (let value = 0; value < 25; value++) {
    const isFirst = value % 5 < 3
    const own = Array.from({ length: 80 }, (_, k) => value + 25 * k)
    if (isFirst) for (const at of random.permutation(80).subarray(0, 8)) struck.add(own[at]!)
    for (const i of own) {
      of[i] = Number(!isFirst || struck.has(i))
      const share = (isFirst ? 8 - of[i] + 0.1 : 78.9) / 79.2
      expected.data.set([1 - share, share], 2 * i)
    }
  }
  return { expected, labels: groupBy([...of].map(String))!, struck }
}

/** How many of the records with a log-odds above 0 are `struck`, and how many are not. */
function tally(logOdds: Float64Array, struck: ReadonlySet<number>) {
  const suspects = [...logOdds.keys()].filter((i) => logOdds[i]! > 0)
  const found = suspects.filter((i) => struck.has(i)).length
  return { found, innocents: suspects.length - found }
}

describe('taughtNoise', () => {
  it('tells labels that a predictor has learnt to doubt everywhere', () => {
    let [told, found, innocents, planted] = [0, 0, 0, 0]
    for (let seed = 1; seed <= 8; seed++) {
      const { expected, labels, struck } = labelled(seed, 30, 0.05, 0.05)
      const taught = taughtNoise(expected, labels, noColumns)
      const { logOdds, unexplained } = estimateLabelNoise(expected, expected, labels, 'table', null, taught)
      const one = tally(logOdds, struck)
      told += Number(unexplained < 0.2)
      found += one.found
      innocents += one.innocents
      planted += struck.size
    }
    expect(told).toBeGreaterThanOrEqual(7)
    expect(found).toBeGreaterThan(0.7 * planted)
    expect(innocents).toBeLessThan(0.05 * planted)
  })

  it.each([0.1, 0.16])('tells as many as %s of the labels, where all are replaced as often as plain ones', (share) => {
    let [found, innocents, planted] = [0, 0, 0]
    for (let seed = 1; seed <= 8; seed++) {
      const { expected, labels, struck } = labelled(seed, 30, share, share)
      const taught = taughtNoise(expected, labels, noColumns)
      const { logOdds } = estimateLabelNoise(expected, expected, labels, 'table', null, taught)
      const one = tally(logOdds, struck)
      found += one.found
      innocents += one.innocents
      planted += struck.size
      expect(taughtNoise(expected, labels, () => [followed(labels.of, 100)])).toBeNull()
      expect(taughtNoise(expected, labels, () => [followed(labels.of, 4)])).toEqual(taught)
    }
    expect(found).toBeGreaterThan(0.7 * planted)
    expect(innocents).toBeLessThan(0.05 * planted)
  })

  it.each([
    ['a predictor that is shy, and has no reason', 30, 0, 0.05],
    ['labels that are doubtful by nature', 3, 0, 0],
    ['labels that hardly follow from records', 0.5, 0.05, 0.05],
  ])('sees none in %s', (_, spread, flipped, conceded) => {
    for (let seed = 1; seed <= 4; seed++) {
      const { expected, labels } = labelled(seed, spread, flipped, conceded)
      expect(taughtNoise(expected, labels, noColumns)).toBeNull()
    }
  })

  it('sees none where honest doubt of plain records explains much of what contradicts them', () => {
    const told = ({ expected, labels }: ReturnType<typeof byTenths>) => taughtNoise(expected, labels, noColumns)
    expect(told(byTenths(DOUBTFUL))).toBeNull()
    expect(told(byTenths(REPLACED))?.rate).toBeCloseTo(0.05, 2)
  })

  it('tells labels of one class that were replaced where each is told by the other records of its value', () => {
    for (let seed = 1; seed <= 4; seed++) {
      const { expected, labels, struck } = toldByValue(seed)
      const taught = taughtNoise(expected, labels, noColumns)
      expect(taught?.rate).toBeCloseTo(struck.size / expected.rows, 3)
      const { logOdds } = estimateLabelNoise(expected, expected, labels, 'table', null, taught)
      expect(tally(logOdds, struck)).toEqual({ found: struck.size, innocents: 0 })
    }
  })

  it.each([20, 10, 6])(
    'takes a label of one in %i for none of it where a predictor expects the other of all',
    (every) => {
      const of = Array.from({ length: N }, (_, i) => (i % every === 0 ? 'rare' : 'common'))
      const labels = groupBy(of)!
      const expected = matrix(N, 2)
      const [rare, common] = [1 / every, 1 - 1 / every]
      for (let i = 0; i < N; i++) expected.data.set(labels.names[0] === 'rare' ? [rare, common] : [common, rare], 2 * i)
      expect(taughtNoise(expected, labels, noColumns)).toBeNull()
    },
  )

  it('takes exceptions to one column that says the labels for nature', () => {
    const { expected, labels, struck } = labelled(5, 30, 0.05, 0.05)
    const codes = labels.of.map((label, i) => Number(struck.has(i)) ^ label)
    const column: TableColumn = { name: 'league', type: 'category', codes, levels: ['a', 'n'] }
    expect(taughtNoise(expected, labels, noColumns)).not.toBeNull()
    expect(taughtNoise(expected, labels, () => [column])).toBeNull()
  })
})

describe('leastNoise', () => {
  it('is below the share of labels that were replaced, and mostly more than a third of it', () => {
    const found = Array.from({ length: 8 }, (_, seed) => {
      const { expected, labels } = labelled(seed + 1, 30, 0.05, 0.05)
      return leastNoise(expected, labels)
    })
    expect(Math.max(...found)).toBeLessThan(0.05)
    expect(found.filter((least) => least > 0.05 / 3).length).toBeGreaterThanOrEqual(6)
  })

  it.each([
    ['right', 30, 0, 0],
    ['doubtful by nature', 3, 0, 0],
    ['such as hardly follow from records', 0.5, 0, 0],
  ])('is 0 where labels are %s', (_, spread, flipped, conceded) => {
    for (let seed = 1; seed <= 8; seed++) {
      const { expected, labels } = labelled(seed, spread, flipped, conceded)
      expect(leastNoise(expected, labels), `seed ${seed}`).toBeLessThan(0.001)
    }
  })

  it('keeps labels that were replaced from being taken for doubt of the predictor', () => {
    let [without, found, innocents, planted] = [0, 0, 0, 0]
    for (let seed = 1; seed <= 8; seed++) {
      const { expected, labels, struck } = labelled(seed, 5, 0.03, 0.01)
      const suspects = (least: number) =>
        tally(estimateLabelNoise(expected, expected, labels, 'text', null, null, least).logOdds, struck)
      const [none, one] = [suspects(0), suspects(leastNoise(expected, labels))]
      without += none.found + none.innocents
      found += one.found
      innocents += one.innocents
      planted += struck.size
    }
    expect(without).toBe(0)
    expect(found).toBeGreaterThan(0.2 * planted)
    expect(innocents).toBeLessThan(0.03 * planted)
  })
})
