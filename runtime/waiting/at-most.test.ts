import { expect, test } from 'vitest'
import { atMost } from './at-most.ts'

test('no more run at once than may, in order, and what fails makes room', async () => {
  const limited = atMost(3)
  let [running, most] = [0, 0]
  const started: number[] = []
  const work = (i: number) =>
    limited(async () => {
      started.push(i)
      most = Math.max(most, ++running)
      await new Promise((resolve) => setImmediate(resolve))
      running--
      if (i % 2 === 0) throw new Error('fails')
      return i
    }).catch(() => null)
  const results = await Promise.all(Array.from({ length: 20 }, (_, i) => work(i)))
  expect(most).toBe(3)
  expect(started).toEqual(Array.from({ length: 20 }, (_, i) => i))
  expect(results.filter((result) => result !== null)).toHaveLength(10)
})
