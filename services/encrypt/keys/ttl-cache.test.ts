import { expect, test } from 'vitest'
import { createTtlCache } from './ttl-cache.ts'

let time = 0
const now = () => new Date(time)

test('many who want the same at once are given one thing that is made once', async () => {
  const cache = createTtlCache<number>(60, now)
  let made = 0
  const values = await Promise.all(Array.from({ length: 100 }, () => cache.get('k', async () => ++made)))
  expect(new Set(values)).toEqual(new Set([1]))
  time += 59_999
  expect(await cache.get('k', async () => ++made)).toBe(1)
  time += 1
  expect(await cache.get('k', async () => ++made)).toBe(2)
})

test('a failure is shared and remembered for a second from when it came', async () => {
  const cache = createTtlCache<number>(60, now)
  let tries = 0
  const fail = async () => {
    tries += 1
    time += 5000 // it took its time
    throw new Error('down')
  }
  await Promise.all(Array.from({ length: 100 }, () => expect(cache.get('k', fail)).rejects.toThrow('down')))
  time += 999
  await expect(cache.get('k', fail)).rejects.toThrow('down')
  expect(tries).toBe(1)
  time += 1
  expect(await cache.get('k', async () => 7)).toBe(7)
})

test('forgetting lets a failure go as well', async () => {
  const cache = createTtlCache<number>(60, now)
  await expect(cache.get('k', () => Promise.reject(new Error('down')))).rejects.toThrow('down')
  cache.forget()
  expect(await cache.get('k', async () => 1)).toBe(1)
})
