import { describe, expect, it } from 'vitest'
import {
  currentKeyPath,
  datasetIn,
  folderPath,
  isRetained,
  keyRecordPath,
  manifestPath,
  numberedPath,
  objectPath,
  ordinalIn,
  reencryptedPath,
  releasedFrom,
  windowIn,
  zoneIn,
} from './layout.ts'
import { ZONES } from './vault.ts'

const window = '0123456789abcdef0123456789abcdef'
const kid = 'f'.repeat(32)

describe('object paths', () => {
  it('say what they were built from, whatever stands behind the window', () => {
    for (const zone of ZONES) {
      const plain = objectPath(zone, 'mail.v2', window)
      for (const path of [plain, numberedPath(plain, 3), reencryptedPath(plain, kid), `${plain}.release.review-1`]) {
        expect([zoneIn(path), datasetIn(path), windowIn(path)], path).toEqual([zone, 'mail.v2', window])
        expect(path.startsWith(folderPath(zone, 'mail.v2'))).toBe(true)
      }
    }
    expect(manifestPath('mail', 42)).toBe('manifests/mail/00000042.json')
    expect(ordinalIn(manifestPath('mail', 42))).toBe(42)
    expect(keyRecordPath('mail', kid)).toBe(`keys/mail/${kid}.json`)
    expect(currentKeyPath('mail')).toBe('keys/mail/current.json')
  })

  it('of a release name the window that records were taken from; others name none', () => {
    expect(releasedFrom(objectPath('clean', 'mail', window, 'review-1'))).toBe(window)
    expect(releasedFrom(objectPath('clean', 'mail', window))).toBeNull()
    expect(releasedFrom(objectPath('quarantine', 'mail', window, 'review-1'))).toBeNull()
  })

  it('take the name of the last key alone, however often an object is encrypted anew', () => {
    const once = reencryptedPath(objectPath('clean', 'mail', window), kid)
    const other = 'a'.repeat(32)
    expect(reencryptedPath(once, other)).toBe(`clean/mail/${window}.key-${other}`)
  })

  it('are kept under retention where they are committed, whatever their names begin with', () => {
    for (const zone of ZONES)
      expect(isRetained(objectPath(zone, 'mail', window))).toBe(!['staging', 'scores'].includes(zone))
    expect(isRetained(manifestPath('mail', 1))).toBe(true)
    expect(isRetained(keyRecordPath('mail', kid))).toBe(false)
    expect(isRetained('cleaner/mail/x')).toBe(false)
  })

  it('outside the zones are in none', () => {
    for (const path of [manifestPath('mail', 1), keyRecordPath('mail', kid), 'cleaner/mail/x', 'clean'])
      expect(zoneIn(path), path).toBeNull()
    expect(windowIn('clean')).toBe('')
    expect(datasetIn('clean')).toBe('')
    expect(ordinalIn('manifests/mail/latest.json')).toBe(0)
  })
})
