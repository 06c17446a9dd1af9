import { fc, test } from '#test/support/property.ts'
import { describe, expect, it } from 'vitest'
import { seededRandom } from '#core/random.ts'
import { matrix } from '../numeric/matrix.ts'
import { neighbourVote } from './neighbour-vote.ts'
import { softmaxRows } from '../numeric/sweeps.ts'
import { bulkLoss, calibrated, forgivingLoss, pooled } from './probabilities.ts'

const rowsOf = (m: { rows: number; cols: number; data: Float32Array }) =>
  Array.from({ length: m.rows }, (_, i) => [...m.data.subarray(i * m.cols, (i + 1) * m.cols)])

test.prop([fc.array(fc.float({ min: -500, max: 500, noNaN: true }), { minLength: 6, maxLength: 6 })])(
  'softmax rows sum to 1, whatever the scores',
  (scores) => {
    for (const row of rowsOf(softmaxRows(matrix(2, 3, Float32Array.from(scores))))) {
      expect(row.reduce((a, b) => a + b, 0)).toBeCloseTo(1, 5)
    }
  },
)

it('a row that counts three times is lost three times', () => {
  const [once, thrice] = [
    [0.2, 1.5],
    [2, -1],
  ] as const
  const counted = forgivingLoss(matrix(2, 2, Float32Array.of(...once, ...thrice)), Int32Array.of(0, 1), 1, [1, 3])
  const rows = matrix(4, 2, Float32Array.of(...once, ...thrice, ...thrice, ...thrice))
  expect(counted).toBeCloseTo(forgivingLoss(rows, Int32Array.of(0, 1, 1, 1), 1), 12)
})

describe('calibration', () => {
  it('finds the factor that scores were divided by', () => {
    const random = seededRandom(2)
    const n = 4000
    const logits = matrix(
      n,
      3,
      Float32Array.from({ length: 3 * n }, () => random.normal() * 2),
    )
    const truth = softmaxRows(logits)
    const labels = Int32Array.from({ length: n }, (_, i) => {
      const draw = random.next()
      if (draw < truth.data[3 * i]!) return 0
      return draw < truth.data[3 * i]! + truth.data[3 * i + 1]! ? 1 : 2
    })
    const found = calibrated(
      matrix(
        n,
        3,
        logits.data.map((x) => x / 7),
      ),
      labels,
    )
    found.data.forEach((p, at) => expect(Math.abs(p - truth.data[at]!)).toBeLessThan(0.06))
  })

  it('pools predictors so that each has a veto', () => {
    const sure = matrix(2, 2, Float32Array.of(0.99, 0.01, 0.01, 0.99))
    const unsure = matrix(2, 2, Float32Array.of(0.5, 0.5, 0.98, 0.02))
    const [first, second] = rowsOf(pooled([sure, unsure], Int32Array.of(0, 0)))
    expect(first?.[0]).toBeGreaterThan(0.9)
    expect(second?.[1]).toBeLessThan(0.9)
  })
})

describe('votes of neighbours', () => {
  const neighbours = { k: 2, index: Int32Array.of(1, 2, 0, 2, 0, 1), distance: new Float32Array(6) }

  it('are shares with one vote for the prior, of labelled neighbours alone', () => {
    const labels = { of: Int32Array.of(0, 1, -1), names: ['a', 'b'], counts: Int32Array.of(1, 1) }
    const votes = rowsOf(neighbourVote(labels, neighbours, 2))
    expect(votes).toEqual([
      [0.25, 0.75],
      [0.75, 0.25],
      [0.5, 0.5],
    ])
  })
})

it('the loss on the bulk leaves out the worst tenth', () => {
  const probabilities = matrix(
    10,
    2,
    Float32Array.from({ length: 20 }, (_, at) => (at === 0 || at % 2 === 1 ? 0.001 : 1)),
  )
  expect(bulkLoss(probabilities, new Int32Array(10))).toBe(0)
})
