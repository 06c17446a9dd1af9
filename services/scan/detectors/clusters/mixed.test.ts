import { expect, it } from 'vitest'
import { seededRandom } from '#core/random.ts'
import { matrix } from '../../numeric/matrix.ts'
import { amongThemselves, meanShift, resembling } from './mixed.ts'

/** 300 records about 0, 100 more like them, moved by `by` and spread by `spread`. */
function sets(by: number, spread: number) {
  const random = seededRandom(3)
  const x = matrix(400, 4)
  for (let i = 0; i < 400; i++)
    for (let j = 0; j < 4; j++) x.data[i * 4 + j] = i < 300 ? random.normal() : by + spread * random.normal()
  const theirs = Int32Array.from({ length: 300 }, (_, i) => i)
  const ours = Int32Array.from({ length: 100 }, (_, i) => 300 + i)
  return { x, ours, theirs }
}

it('is about 0 for records drawn from one law, however many there are of each', () => {
  const { x, ours, theirs } = sets(0, 1)
  expect(Math.abs(amongThemselves(x, ours, theirs, false))).toBeLessThan(0.05)
})

it('tells records that are moved, unless their means are put on one another, and records of another spread always', () => {
  const moved = sets(8, 1)
  expect(amongThemselves(moved.x, moved.ours, moved.theirs, false)).toBeGreaterThan(0.95)
  expect(Math.abs(amongThemselves(moved.x, moved.ours, moved.theirs, true))).toBeLessThan(0.05)
  const narrow = sets(8, 0.2)
  expect(amongThemselves(narrow.x, narrow.ours, narrow.theirs, true)).toBeGreaterThan(0.3)
})

it('finds the set that a record is of once it is moved, and does not count the record for itself', () => {
  const { x, ours, theirs } = sets(8, 1)
  const [first, rest] = [theirs.subarray(0, 150), theirs.subarray(150)]
  const moved = resembling(x, ours, { theirs: first, rest: ours }, meanShift(x, ours, first))
  expect(Math.min(...moved)).toBeGreaterThan(0.9)
  expect(Math.max(...resembling(x, ours, { theirs, rest: ours }, null))).toBe(0)
  const alone = resembling(x, theirs.subarray(0, 1), { theirs: theirs.subarray(0, 1), rest }, null)
  expect([...alone]).toEqual([0])
})
