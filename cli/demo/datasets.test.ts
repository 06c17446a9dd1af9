import { describe, expect, test } from 'vitest'
import { loadBirdstrikes, loadMnist, loadSpam } from './datasets.ts'
import { drawWindow } from './pool.ts'

describe('the demo’s datasets', () => {
  test('MNIST has 70,000 digits of 28 × 28 in 0…1', () => {
    const pool = loadMnist()
    expect(pool.size).toBe(70_000)
    const { samples, labels } = drawWindow(pool, 500, 1)
    if (samples.kind !== 'image') throw new Error('not images')
    expect([samples.height, samples.width, samples.channels, samples.pixels.rows]).toEqual([28, 28, 1, 500])
    expect(samples.pixels.data.every((value) => value >= 0 && value <= 1)).toBe(true)
    expect(samples.pixels.data.includes(1)).toBe(true)
    expect([...labels.counts].every((count) => count > 20)).toBe(true)
  })

  test('the mails are labelled ham or spam, without markup, and bounded', () => {
    const pool = loadSpam()
    expect(pool.size).toBeGreaterThan(6000)
    const { samples, labels } = drawWindow(pool, pool.size, 1)
    if (samples.kind !== 'text') throw new Error('not texts')
    expect(labels.names).toEqual(['ham', 'spam'])
    expect(labels.counts[1]! / pool.size).toBeCloseTo(0.31, 1)
    expect(samples.texts.some((text) => text.includes('<html>'))).toBe(false)
    expect(Math.max(...samples.texts.map((text) => text.length))).toBeLessThan(5000)
  })

  test('bird strikes are 10,000 rows, labelled by the size of the bird', () => {
    const { samples, labels } = drawWindow(loadBirdstrikes(), 10_000, 1)
    if (samples.kind !== 'table') throw new Error('not a table')
    expect(labels.names).toEqual(['Large', 'Medium', 'Small'])
    expect(samples.columns).toHaveLength(13)
    const date = samples.columns.find(({ name }) => name === 'Flight Date')
    expect(date?.type === 'number' && date.values.every((day) => day > 7000 && day < 13_000)).toBe(true)
    const speed = samples.columns.find(({ name }) => name === 'Speed IAS in knots')
    expect(speed?.type === 'number' && speed.values.some((knots) => Number.isNaN(knots))).toBe(true)
  })

  test('windows of one seed do not overlap, and another seed draws others', () => {
    const pool = loadBirdstrikes()
    const dates = (seed: number, window: number) => {
      const { samples } = drawWindow(pool, 100, seed, window)
      return samples.kind === 'table'
        ? JSON.stringify(samples.columns.map((c) => (c.type === 'number' ? [...c.values] : [...c.codes])))
        : ''
    }
    expect(dates(1, 0)).toBe(dates(1, 0))
    expect(dates(1, 0)).not.toBe(dates(1, 1))
    expect(dates(1, 0)).not.toBe(dates(2, 0))
    expect(() => drawWindow(pool, 6000, 1, 1)).toThrow(RangeError)
  })
})
