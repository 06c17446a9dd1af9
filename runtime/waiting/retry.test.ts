import { fc, test as property } from '#test/support/property.ts'
import { describe, expect, test } from 'vitest'
import { AppError } from '#core/errors.ts'
import { seededRandom } from '#core/random.ts'
import { backoff, circuit, retry, RETRY_POLICY, type CircuitState } from './retry.ts'

const down = () => new AppError('unavailable', 'down')
const wait = async () => {}

describe('retry', () => {
  test('tries again after a retryable error, and returns what then succeeds', async () => {
    const delays: number[] = []
    const result = await retry(
      async (attempt) => {
        if (attempt < 4) throw down()
        return attempt
      },
      { wait, onRetry: (_error, _attempt, ms) => delays.push(ms) },
    )
    expect(result).toBe(4)
    expect(delays).toHaveLength(3)
  })

  test('throws a final error at once', async () => {
    let attempts = 0
    const work = async () => {
      attempts++
      throw new AppError('denied', 'no')
    }
    await expect(retry(work, { wait })).rejects.toMatchObject({ code: 'denied' })
    expect(attempts).toBe(1)
  })

  test('throws the last error once the attempts are used up', async () => {
    let attempts = 0
    const work = async () => {
      throw new AppError('throttled', `attempt ${++attempts}`)
    }
    await expect(retry(work, { wait })).rejects.toThrow(`attempt ${RETRY_POLICY.attempts}`)
  })

  test('stops waiting when its signal aborts', async () => {
    const stop = new AbortController()
    const work = async () => {
      stop.abort()
      throw down()
    }
    const policy = { attempts: 3, firstDelayMs: 60_000, longestDelayMs: 60_000 }
    await expect(retry(work, { policy, signal: stop.signal })).rejects.toMatchObject({ name: 'AbortError' })
    await expect(retry(work, { signal: stop.signal })).rejects.toMatchObject({ name: 'AbortError' })
  })

  property.prop([fc.integer({ min: 1, max: 60 }), fc.integer()])(
    'backs off by at least half a step and never longer than allowed',
    (attempt, seed) => {
      const step = Math.min(RETRY_POLICY.longestDelayMs, RETRY_POLICY.firstDelayMs * 2 ** (attempt - 1))
      const ms = backoff(attempt, RETRY_POLICY, seededRandom(seed))
      expect(ms).toBeGreaterThanOrEqual(step / 2)
      expect(ms).toBeLessThanOrEqual(step)
      expect(backoff(attempt, RETRY_POLICY, seededRandom(seed))).toBe(ms)
    },
  )
})

describe('a circuit', () => {
  const setUp = () => {
    let now = 0
    const states: CircuitState[] = []
    const guard = circuit({
      name: 'the key service',
      failures: 2,
      coolDownMs: 100,
      clock: () => now,
      onChange: (state) => states.push(state),
    })
    return { guard, states, pass: (ms: number) => (now += ms) }
  }
  const fail = async () => {
    throw down()
  }
  const succeed = async () => 'fine'

  test('opens after failures in a row, and then spares the dependency', async () => {
    const { guard, states } = setUp()
    await expect(guard(fail)).rejects.toThrow('down')
    await expect(guard(fail)).rejects.toThrow('down')
    let called = false
    const work = async () => {
      called = true
    }
    await expect(guard(work)).rejects.toMatchObject({ code: 'unavailable', reason: 'circuit_open' })
    expect(called).toBe(false)
    expect(states).toEqual(['open'])
  })

  test('stays closed while failures do not come in a row, and on final errors', async () => {
    const { guard, states } = setUp()
    const deny = async () => {
      throw new AppError('denied', 'no')
    }
    for (const work of [fail, succeed, fail, deny, fail, succeed]) await guard<unknown>(work).catch(() => {})
    expect(states).toEqual([])
  })

  test('lets one call through after the cool-down: success closes it, failure opens it again', async () => {
    const { guard, states, pass } = setUp()
    await guard(fail).catch(() => {})
    await guard(fail).catch(() => {})
    pass(100)
    await expect(guard(fail)).rejects.toThrow('down')
    await expect(guard(succeed)).rejects.toMatchObject({ reason: 'circuit_open' })
    pass(100)
    const gate = Promise.withResolvers<string>()
    const trial = guard(() => gate.promise)
    await expect(guard(succeed)).rejects.toMatchObject({ reason: 'circuit_open' })
    gate.resolve('up')
    expect(await trial).toBe('up')
    expect(await guard(succeed)).toBe('fine')
    expect(states).toEqual(['open', 'half_open', 'open', 'half_open', 'closed'])
  })
})
