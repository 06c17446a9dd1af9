import { expect, test } from 'vitest'
import { AppError } from '#core/errors.ts'
import { createFailures } from './failures.ts'

const denied = new AppError('denied', 'key alias/credence is disabled: enable it')

test('what fails twice is told once, and what was done after all not at all', () => {
  const failures = createFailures()
  failures.failed('scan of window w1', new AppError('unavailable', 'away'))
  failures.failed('scan of window w1', denied)
  failures.failed('scan of window w2', denied)
  expect(failures.list()).toEqual([
    { what: 'scan of window w1', error: denied },
    { what: 'scan of window w2', error: denied },
  ])
  failures.done('scan of window w1')
  failures.done('scan of window w2')
  failures.done('scan of window w3')
  expect(failures.list()).toEqual([])
})

test('a key that is disabled, or a service that is away, may come back; broken bytes do not mend', () => {
  const failures = createFailures()
  failures.failed('commit of window w1', new AppError('corrupt', 'broken'))
  expect(failures.isWaiting()).toBe(false)
  failures.failed('commit of window w2', denied)
  expect(failures.isWaiting()).toBe(true)
})
