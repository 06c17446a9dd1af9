import { describe, expect, it } from 'vitest'
import { seededRandom } from '#core/random.ts'
import { mergeSketch } from '../calibrate/sketch.ts'
import { decodeMemory, encodeMemory, foldMemory, lastTeacherOf, type Lesson, type Memory } from './memory.ts'

const random = seededRandom(4, 'memory test')
const lesson = (ordinal: number, more: Partial<Lesson> = {}): Lesson => ({
  ordinal,
  contract: 'a',
  taught: {
    'mahalanobis/1': mergeSketch(
      undefined,
      Array.from({ length: 300 }, () => random.normal()),
    ),
  },
  ...more,
})
const weightOf = ({ history }: Memory) =>
  history.channels['mahalanobis/1']?.weights.reduce((sum, weight) => sum + weight, 0) ?? 0

describe('lastTeacherOf', () => {
  it('is the last window of the last memory but one', () => {
    expect([1, 4, 5, 8, 9, 12, 13].map((ordinal) => lastTeacherOf(ordinal, 4))).toEqual([0, 0, 0, 0, 4, 4, 8])
    expect([1, 2, 3, 4].map((ordinal) => lastTeacherOf(ordinal, 1))).toEqual([0, 0, 1, 2])
  })

  it('leaves as many windows to be scanned side by side as lie between two memories', () => {
    for (let ordinal = 7; ordinal < 40; ordinal++) expect(ordinal - lastTeacherOf(ordinal, 3)).toBeGreaterThan(3)
  })
})

describe('foldMemory', () => {
  const lessons = Array.from({ length: 9 }, (_, i) => lesson(i + 1))

  it('is the same however the lessons were grouped', () => {
    const once = foldMemory('mail', null, lessons)
    let piecewise = foldMemory('mail', null, lessons.slice(0, 4))
    piecewise = decodeMemory(encodeMemory(piecewise))
    piecewise = foldMemory('mail', piecewise, lessons.slice(4))
    expect(encodeMemory(piecewise)).toEqual(encodeMemory(once))
    expect(once).toMatchObject({ through: 9, contract: 'a', history: { windows: 9 } })
  })

  it('passes over what teaches nothing, and knows that it came by', () => {
    const taught = foldMemory('mail', null, [lesson(1), lesson(2, { taught: null })])
    expect(taught).toMatchObject({ through: 2, history: { windows: 1 } })
  })

  it('begins anew under another contract', () => {
    const changed = foldMemory('mail', null, [lesson(1), lesson(2), lesson(3, { contract: 'b' })])
    expect(changed).toMatchObject({ contract: 'b', history: { windows: 1 } })
    expect(weightOf(changed)).toBeCloseTo(300)
  })

  it('weighs what is long ago less and less, so that it never weighs more than some thirty windows', () => {
    let memory = foldMemory('mail', null, [lesson(1)])
    for (let ordinal = 2; ordinal <= 200; ordinal++) memory = foldMemory('mail', memory, [lesson(ordinal)])
    expect(weightOf(memory)).toBeGreaterThan(25 * 300)
    expect(weightOf(memory)).toBeLessThan(32 * 300 + 1)
    expect(encodeMemory(memory).length).toBeLessThan(64 * 1024)
  })
})

describe('decodeMemory', () => {
  it('refuses what it did not write', () => {
    for (const bytes of ['', '{}', '{"version":1}'])
      expect(() => decodeMemory(Buffer.from(bytes))).toThrow(expect.objectContaining({ code: 'corrupt' }))
  })

  it('tells what a later version wrote from what is damaged', () => {
    const memory = foldMemory('mail', null, [lesson(1)])
    const decoded = (file: object) => () => decodeMemory(Buffer.from(JSON.stringify(file)))
    const newer = expect.objectContaining({ code: 'conflict', reason: 'newer_memory' })
    for (const file of [{ version: 2 }, { ...memory, echoes: 1 }]) expect(decoded(file)).toThrow(newer)
    expect(decoded({ ...memory, through: 0 })).toThrow(expect.objectContaining({ code: 'corrupt', reason: 'memory' }))
  })
})
