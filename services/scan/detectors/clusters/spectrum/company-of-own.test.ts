import { describe, expect, it } from 'vitest'
import { seededRandom } from '#core/random.ts'
import { matrix } from '../../../numeric/matrix.ts'
import { companyOfOwn } from './company-of-own.ts'

const [EACH, LABELS, COLS] = [100, 5, 8]

/** Five labels, each about a place of its own; the first 20 of the first are shifted, and lie by nature where `from` does. */
function records(from: number) {
  const random = seededRandom(1, 'company')
  const vectors = matrix(EACH * LABELS, COLS)
  const of = Int32Array.from({ length: EACH * LABELS }, (_, i) => Math.floor(i / EACH))
  for (let i = 0; i < of.length; i++) {
    const place = i < 20 ? from : of[i]!
    for (let d = 0; d < COLS; d++) vectors.data[i * COLS + d] = random.normal() + (d === place ? 6 : 0)
    if (i < 20) vectors.data[i * COLS + 7] = 9
  }
  const names = Array.from({ length: LABELS }, (_, label) => `label ${label}`)
  const labels = { of, names, counts: new Int32Array(LABELS).fill(EACH) }
  return { vectors, labels, members: Int32Array.from({ length: 20 }, (_, i) => i) }
}

describe('the company of a label’s own records', () => {
  it('is that of a natural part of the label, however far it is shifted', () => {
    const { vectors, labels, members } = records(0)
    expect(companyOfOwn(vectors, members, labels, 0)).toBeGreaterThan(4)
  })

  it('is none of records that come from another label', () => {
    const { vectors, labels, members } = records(3)
    expect(companyOfOwn(vectors, members, labels, 0)).toBe(0)
  })

  it('is none where the label has no other records, and passes over records without a label', () => {
    const { vectors, labels, members } = records(0)
    const without = { ...labels, of: labels.of.map((label, i) => (i >= 20 && label === 0 ? -1 : label)) }
    expect(companyOfOwn(vectors, members, without, 0)).toBe(0)
  })
})
