import { expect, test } from 'vitest'
import { newerLines } from './newer-memory.ts'

test('a memory of a newer version is named by its path, with what to do', () => {
  expect(newerLines('mail', null)).toEqual([])
  const newer = { through: 1200, path: 'scores/mail/memory.00001200', says: 'scores/mail/memory.00001200: upgrade' }
  const [line] = newerLines('mail', newer)
  expect(line).toContain(
    'mail: the memory up to window 1,200 cannot be read here: scores/mail/memory.00001200: upgrade',
  )
  expect(line).toContain("credence memory reset --dataset mail --reason '…'")
})
