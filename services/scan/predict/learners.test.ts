import { describe, expect, it } from 'vitest'
import { learners } from './learners.ts'

describe('learners', () => {
  it('are all records of a window of 10,000', () => {
    const of = Int32Array.from({ length: 10_000 }, (_, at) => 2 * at)
    expect(learners(of, 1)).toBe(of)
  })

  it('are 10,000 of a larger window, drawn by the seed, in order', () => {
    const of = Int32Array.from({ length: 25_000 }, (_, at) => 2 * at)
    const drawn = learners(of, 1)
    expect(drawn.length).toBe(10_000)
    expect(drawn.every((i, at) => i % 2 === 0 && i < 50_000 && (at === 0 || i > drawn[at - 1]!))).toBe(true)
    // They come from all parts of the window alike.
    expect(Math.abs(drawn.filter((i) => i < 25_000).length - 5000)).toBeLessThan(250)
    expect(learners(of, 1)).toEqual(drawn)
    expect(learners(of, 2)).not.toEqual(drawn)
  })
})
