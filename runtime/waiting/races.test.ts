import { getEventListeners } from 'node:events'
import { describe, expect, test } from 'vitest'
import { ABORTED, LATE, unlessAborted, within } from './races.ts'

const never = new Promise<never>(() => {})
const broken = () => Promise.reject(new Error('broken'))

describe('within', () => {
  test('gives the answer that comes in time', async () => {
    expect(await within(Promise.resolve('answer'), 60_000)).toBe('answer')
    await expect(within(broken(), 60_000)).rejects.toThrow('broken')
  })

  test('gives LATE for an answer that does not', async () => {
    expect(await within(never, 1)).toBe(LATE)
    expect(await within(never, -1)).toBe(LATE)
  })

  test('leaves no rejection unhandled that comes too late', async () => {
    const work = Promise.withResolvers<never>()
    expect(await within(work.promise, 1)).toBe(LATE)
    work.reject(new Error('too late'))
    await new Promise(setImmediate) // vitest fails on what nobody handled
  })
})

describe('unlessAborted', () => {
  test('gives the answer, and lets the signal go', async () => {
    const { signal } = new AbortController()
    expect(await unlessAborted(Promise.resolve('answer'), signal)).toBe('answer')
    await expect(unlessAborted(broken(), signal)).rejects.toThrow('broken')
    expect(getEventListeners(signal, 'abort')).toEqual([])
  })

  test('gives ABORTED as soon as the signal aborts, and at once where it has', async () => {
    const stop = new AbortController()
    const waiting = unlessAborted(never, stop.signal)
    stop.abort()
    expect(await waiting).toBe(ABORTED)
    expect(await unlessAborted(Promise.resolve('answer'), stop.signal)).toBe(ABORTED)
    expect(await unlessAborted(broken(), stop.signal)).toBe(ABORTED)
  })
})
