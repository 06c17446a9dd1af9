import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { createEvents, type Events } from '#runtime/process/events.ts'
import { watchIdleness } from './idleness.ts'

describe('idleness', () => {
  let events: Events
  beforeEach(() => {
    vi.useFakeTimers()
    events = createEvents()
  })
  afterEach(() => vi.useRealTimers())
  const read = () => events.emit('item.read', { dataset: 'mail', source: 'mail', shard: '' })
  const hold = () =>
    events.emit('source.held', {
      dataset: 'mail',
      source: 'mail',
      shard: '',
      code: 'unavailable',
      reason: '',
      says: 'the stream is away',
      attempt: 1,
      delayMs: 10,
    })

  test('comes after so long without an item', () => {
    using idleness = watchIdleness({ events }, 10)
    vi.advanceTimersByTime(8_000)
    read()
    vi.advanceTimersByTime(8_000)
    expect(idleness.drain.aborted).toBe(false)
    vi.advanceTimersByTime(3_000)
    expect(idleness.drain.aborted).toBe(true)
    expect(idleness.held().size).toBe(0)
  })

  test('does not come while something is being staged or waits for room, however long that takes', async () => {
    using idleness = watchIdleness({ events }, 10)
    const gate = Promise.withResolvers<void>()
    const waiting = idleness.during(() => gate.promise)
    vi.advanceTimersByTime(60_000)
    expect(idleness.drain.aborted).toBe(false)
    gate.resolve()
    await waiting
    vi.advanceTimersByTime(11_000)
    expect(idleness.drain.aborted).toBe(true)
  })

  test('waits longer for a source that does not answer, and then says what it was', () => {
    using idleness = watchIdleness({ events }, 10)
    for (let second = 0; second < 60; second += 5) {
      hold()
      vi.advanceTimersByTime(5_000)
    }
    expect(idleness.drain.aborted).toBe(false)
    for (let second = 0; second < 90; second += 5) {
      hold()
      vi.advanceTimersByTime(5_000)
    }
    expect(idleness.drain.aborted).toBe(true)
    expect(idleness.held().get('mail')).toMatchObject({ code: 'unavailable', message: 'the stream is away' })
  })

  test('forgets what held a dataset once it is read again, and never comes where nobody asked', () => {
    using idleness = watchIdleness({ events }, undefined)
    hold()
    read()
    vi.advanceTimersByTime(1e9)
    expect(idleness.drain.aborted).toBe(false)
    expect(idleness.held().size).toBe(0)
  })
})
