import { AppError } from '#core/errors.ts'

/**
 * The URL of an endpoint of `service`, which must use TLS unless it is an emulator's. Throws `invalid`: with reason `endpoint`
 * for an invalid address, and `insecure_endpoint` for plain http to anything but an emulator.
 */
export function endpointUrl(endpoint: string, service: string, emulator = false): URL {
  const url = URL.parse(endpoint)
  if (url === null || (url.protocol !== 'https:' && url.protocol !== 'http:')) {
    const message = `${service}: the endpoint is not an address such as https://host`
    throw new AppError('invalid', message, { reason: 'endpoint' })
  }
  if (url.protocol === 'http:' && !emulator) {
    const message = `${service}: the endpoint ${url.origin} is not https; plain http is for emulators only (emulator: true at the top of the configuration)`
    throw new AppError('invalid', message, { reason: 'insecure_endpoint' })
  }
  return url
}
