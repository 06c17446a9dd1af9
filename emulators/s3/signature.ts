import { createHash, createHmac, timingSafeEqual } from 'node:crypto'
import { S3Failure } from './failure.ts'

export interface AccessKey {
  readonly accessKeyId: string
  readonly secretAccessKey: string
}

const SKEW_MS = 15 * 60 * 1000
const AUTHORIZATION =
  /^AWS4-HMAC-SHA256 Credential=([^/,]+)\/(\d{8})\/([^/,]+)\/([^/,]+)\/aws4_request, ?SignedHeaders=([^,]+), ?Signature=([0-9a-f]{64})$/

/**
 * Checks that a request is signed with one of the keys (AWS Signature Version 4, in the Authorization header). Takes the
 * path and the query as they were sent, and what the signature covers of the body. Throws what S3 answers to a request that is not.
 */
export function checkSignature(
  method: string,
  url: string,
  headers: Readonly<Record<string, string>>,
  payloadHash: string,
  keys: readonly AccessKey[],
): void {
  const authorization = headers['authorization']
  if (authorization === undefined) throw new S3Failure(403, 'AccessDenied', 'Access Denied')
  const [, id, day, region, service, signed, signature] = AUTHORIZATION.exec(authorization) ?? []
  const at = headers['x-amz-date'] ?? ''
  if (id === undefined || day === undefined || signed === undefined || signature === undefined || !at.startsWith(day)) {
    throw new S3Failure(400, 'AuthorizationHeaderMalformed', 'The authorization header is malformed')
  }
  const key = keys.find(({ accessKeyId }) => accessKeyId === id)
  if (key === undefined) {
    throw new S3Failure(403, 'InvalidAccessKeyId', 'The AWS Access Key Id you provided does not exist in our records.')
  }
  if (Math.abs(Date.now() - parseTime(at)) > SKEW_MS) {
    throw new S3Failure(
      403,
      'RequestTimeTooSkewed',
      'The difference between the request time and the server is too large.',
    )
  }
  const names = signed.split(';')
  const unsigned = Object.keys(headers).find((name) => name.startsWith('x-amz-') && !names.includes(name))
  const [path = '', query = ''] = url.split('?', 2)
  const canonical = [
    method,
    path,
    query
      .split('&')
      .filter((part) => part !== '')
      .map((part) => (part.includes('=') ? part : `${part}=`))
      .sort()
      .join('&'),
    ...names.map((name) => `${name}:${(headers[name] ?? '').trim().replace(/ +/g, ' ')}`),
    '',
    signed,
    payloadHash,
  ].join('\n')
  const scope = `${day}/${region}/${service}/aws4_request`
  const toSign = ['AWS4-HMAC-SHA256', at, scope, sha256(canonical)].join('\n')
  const signingKey = [day, region ?? '', service ?? '', 'aws4_request'].reduce<Buffer | string>(
    (secret, part) => hmac(secret, part),
    `AWS4${key.secretAccessKey}`,
  )
  const right = timingSafeEqual(hmac(signingKey, toSign), Buffer.from(signature, 'hex'))
  if (right && unsigned === undefined) return
  throw new S3Failure(
    403,
    'SignatureDoesNotMatch',
    'The request signature we calculated does not match the signature you provided.',
  )
}

function parseTime(at: string): number {
  return Date.parse(at.replace(/^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/, '$1-$2-$3T$4:$5:$6Z'))
}

function hmac(key: Buffer | string, data: string): Buffer {
  return createHmac('sha256', key).update(data).digest()
}

function sha256(data: string): string {
  return createHash('sha256').update(data).digest('hex')
}
