import { describe, expect, test } from 'vitest'
import { endpointUrl } from './endpoint.ts'

describe('an endpoint', () => {
  test('is over TLS', () => {
    expect(endpointUrl('https://host:8443/a', 'S3').href).toBe('https://host:8443/a')
    expect(endpointUrl('HTTPS://host', 'S3', true).protocol).toBe('https:')
  })

  test.each(['http://host', 'HTTP://user:secret@host?token=secret'])('is refused in clear: %s', (endpoint) => {
    expect(() => endpointUrl(endpoint, 'S3')).toThrow(
      expect.objectContaining({
        code: 'invalid',
        reason: 'insecure_endpoint',
        message:
          'S3: the endpoint http://host is not https; plain http is for emulators only (emulator: true at the top of the configuration)',
      }),
    )
  })

  test('may be in clear where it is an emulator', () => {
    expect(endpointUrl('http://127.0.0.1:4566', 'S3', true).port).toBe('4566')
  })

  test.each(['', 'host', 'host:9000', 'ftp://host', 'file:///etc/passwd'])('is an address: %j', (endpoint) => {
    for (const emulator of [false, true])
      expect(() => endpointUrl(endpoint, 'S3', emulator)).toThrow(
        expect.objectContaining({ code: 'invalid', reason: 'endpoint' }),
      )
  })
})
