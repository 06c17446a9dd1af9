import { fc, test as property } from '#test/support/property.ts'
import { describe, expect, test } from 'vitest'
import { deadLetterId, idOf, sha256Hex, windowId } from './hash.ts'

describe('names', () => {
  test('follow from what they name, and from nothing else', () => {
    const segments = [{ partition: 'a', from: '', to: '9' }]
    expect(windowId('digits', 'folder', segments)).toBe(windowId('digits', 'folder', [{ ...segments[0]! }]))
    expect(windowId('digits', 'folder', segments)).toMatch(/^[0-9a-f]{32}$/)
    expect(idOf('a', 'b', 'c')).not.toBe(idOf('a', 'bc', ''))
    expect(sha256Hex('')).toBe('e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855')
  })

  property.prop([
    fc.array(fc.string(), { minLength: 4, maxLength: 4 }),
    fc.array(fc.string(), { minLength: 4, maxLength: 4 }),
  ])('of different things differ', (a, b) => {
    const [one, two] = [a, b].map((parts) => deadLetterId(...(parts as [string, string, string, string])))
    expect(one === two).toBe(JSON.stringify(a) === JSON.stringify(b))
  })
})
