import { fc, test as property } from '#test/support/property.ts'
import { expect, test } from 'vitest'
import { inParallel } from './in-parallel.ts'

property.prop([fc.nat(40), fc.integer({ min: 1, max: 8 })])(
  'does everything once, and no more than so many at a time',
  async (count, limit) => {
    const items = Array.from({ length: count }, (_, i) => `item ${i}`)
    const done: string[] = []
    let under = 0
    const results = await inParallel(items, limit, async (item, index) => {
      under += 1
      expect(under).toBeLessThanOrEqual(limit)
      expect(item).toBe(items[index])
      await Promise.resolve()
      done.push(item)
      under -= 1
      return index
    })
    expect(results).toEqual([...items.keys()])
    expect(done.toSorted()).toEqual(items.toSorted())
  },
)

test('throws the first failure, starts nothing after it, and leaves nothing under way', async () => {
  const started: number[] = []
  const ended: number[] = []
  const work = async (item: number): Promise<void> => {
    started.push(item)
    await Promise.resolve()
    ended.push(item)
    if (item === 1) throw new Error('one')
  }
  await expect(inParallel([0, 1, 2, 3, 4, 5, 6, 7], 2, work)).rejects.toThrow('one')
  expect(started.length).toBeLessThan(8)
  expect(new Set(ended)).toEqual(new Set(started))
})
