import { describe, expect, it } from 'vitest'
import { AppError } from './errors.ts'
import { isOfLaterVersion } from './later-version.ts'

describe('isOfLaterVersion', () => {
  const conflict = (reason?: string) => new AppError('conflict', 'a window', reason === undefined ? {} : { reason })

  it('is true of what a later version stored', () => {
    for (const reason of ['newer_sidecar', 'newer_memory']) expect(isOfLaterVersion(conflict(reason))).toBe(true)
  })

  it('is false of other conflicts, whatever their reasons begin with, and of other errors', () => {
    for (const reason of ['newer_catalog', 'newer_window', 'newer_', 'contract', undefined])
      expect(isOfLaterVersion(conflict(reason))).toBe(false)
    expect(isOfLaterVersion(new AppError('corrupt', 'a memory', { reason: 'newer_memory' }))).toBe(false)
    expect(isOfLaterVersion(new Error('newer_memory'))).toBe(false)
  })
})
