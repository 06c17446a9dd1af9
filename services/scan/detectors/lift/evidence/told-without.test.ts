import { describe, expect, it } from 'vitest'
import { matrix } from '../../../numeric/matrix.ts'
import { Calibration } from './calibrated.ts'
import { RecordSet } from './held.ts'
import { toldWithout } from './likelihoods.ts'

/** Twenty records of one value, four of them labelled 1; four of another, all labelled 1; one whose value asks no holder. */
const values = Int32Array.from({ length: 25 }, (_, i) => (i < 20 ? 0 : i < 24 ? 1 : 2))
const labels = Int32Array.from({ length: 25 }, (_, i) => Number(i >= 16))
const DOUBT = 1
const prior = Float64Array.from([0.5, 0.5])
const told = matrix(25, 2, new Float32Array(50).fill(0.5))
const teller = { column: 'species', values, silent: 2, doubt: DOUBT, prior, told }

/** No predictor's errors are borrowed here: what the column tells is read as it is. */
class AsTold extends Calibration {
  override apply(): void {}
}

function asked(i: number, holders: RecordSet): number {
  return toldWithout(teller, labels, new AsTold(told, labels))(i, holders)[1]!
}

const holding = (...records: number[]) => new RecordSet(25).fill(Int32Array.from(records))

describe('toldWithout', () => {
  it('asks the other records of the value, and not the record itself', () => {
    expect(asked(0, holding())).toBeCloseTo((4 + 0.5) / (19 + 1))
    expect(asked(16, holding())).toBeCloseTo((3 + 0.5) / (19 + 1))
  })

  it('leaves out who holds the token', () => {
    for (const i of [0, 16]) expect(asked(i, holding(0, 16, 17, 18, 19))).toBeCloseTo(0.5 / (15 + 1))
  })

  it('asks all where most records of the value hold it', () => {
    expect(asked(20, holding(20, 21, 22))).toBeCloseTo((3 + 0.5) / (3 + 1))
  })

  it('knows nothing of a record whose value asks nobody', () => {
    expect(asked(24, holding(24))).toBeCloseTo(0.5)
  })

  it('forgets one token’s holders for the next, and counts who is in two lists once', () => {
    const likelihood = toldWithout(teller, labels, new AsTold(told, labels))
    const set = new RecordSet(25)
    const first = likelihood(0, set.fill(Int32Array.of(16, 17), Int32Array.of(17, 18)))[1]!
    expect(first).toBeCloseTo((1 + 0.5) / (16 + 1))
    likelihood(20, set.fill(Int32Array.of(21)))
    expect(likelihood(0, set.fill())[1]).toBeCloseTo((4 + 0.5) / (19 + 1))
  })
})
