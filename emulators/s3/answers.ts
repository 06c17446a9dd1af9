import { createHash, randomUUID } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { createBucket } from './buckets.ts'
import { S3Failure } from './failure.ts'
import { ACCOUNT, IDENTITY, permissionsOf, type S3Faults } from './faults.ts'
import { operationOf } from './operations.ts'
import { checkSignature, type AccessKey } from './signature.ts'
import type { S3State } from './state.ts'
import { decodeChunks, flatHeaders, xml, type S3Answer, type S3Request } from './wire.ts'

/** What answers need to know. */
export interface Service {
  readonly state: S3State
  readonly faults: S3Faults
  readonly keys: readonly AccessKey[]
}

/** Answers one request, or breaks its connection. */
export async function answer(service: Service, incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
  const found = await answerTo(service, incoming).catch((error: unknown) => failureAnswer(error, incoming))
  if (found === 'torn') {
    incoming.socket.destroy()
    return
  }
  const { status = 200, headers = {}, body, torn = false } = found
  outgoing.statusCode = status
  outgoing.setHeader('x-amz-request-id', randomUUID())
  if (typeof body === 'string') outgoing.setHeader('content-type', 'application/xml')
  for (const [name, value] of Object.entries(headers)) if (value !== undefined) outgoing.setHeader(name, value)
  if (!torn) outgoing.end(incoming.method === 'HEAD' ? undefined : body)
  else if (body === undefined) incoming.socket.destroy()
  else outgoing.write(body.slice(0, body.length >> 1), () => incoming.socket.destroy())
}

async function answerTo({ state, faults, keys }: Service, incoming: IncomingMessage): Promise<S3Answer | 'torn'> {
  const request = await requestOf(incoming, keys)
  const { method, bucket: name, key, query } = request
  if (name === '') return identityOf(request, faults)
  if (method === 'PUT' && key === '' && query.size === 0) {
    if (faults.meet('CreateBucket', [['s3:CreateBucket', `arn:aws:s3:::${name}`]]) === 'torn') return 'torn'
    return createBucket(state, request)
  }
  const operation = operationOf(method, key, query)
  if (operation === null)
    throw new S3Failure(501, 'NotImplemented', `${method} ${[...query.keys()].join(' ')} is not done here.`)
  const bucket = state.buckets.get(name)
  const fault = faults.meet(operation.name, permissionsOf(operation, request, bucket))
  if (fault === 'torn') return 'torn'
  if (bucket === undefined) throw new S3Failure(404, 'NoSuchBucket', 'The specified bucket does not exist')
  const owner = request.headers['x-amz-expected-bucket-owner'] ?? bucket.settings.owner
  if (owner !== bucket.settings.owner) throw new S3Failure(403, 'AccessDenied', 'Access Denied')
  if (Buffer.byteLength(key) > 1024) throw new S3Failure(400, 'KeyTooLongError', 'Your key is too long')
  const found = operation.run(state, bucket, request)
  if (fault !== 'torn_after') return found
  return operation.name === 'GetObject' ? { ...found, torn: true } : 'torn'
}

/** The request, its signature and the digest of its body verified. */
async function requestOf(incoming: IncomingMessage, keys: readonly AccessKey[]): Promise<S3Request> {
  const { method = 'GET', url = '/' } = incoming
  const headers = flatHeaders(incoming.headers)
  const chunks: Buffer[] = []
  for await (const chunk of incoming as AsyncIterable<Buffer>) chunks.push(chunk)
  const sent = Buffer.concat(chunks)
  const digest = createHash('sha256').update(sent).digest('hex')
  const claimed = headers['x-amz-content-sha256'] ?? digest
  checkSignature(method, url, headers, claimed, keys)
  const { pathname, searchParams: query } = new URL(url, 'http://emulator')
  const [, bucket = '', ...rest] = decodeURIComponent(pathname).split('/')
  const request = { method, bucket, key: rest.join('/'), query }
  if (claimed === 'STREAMING-UNSIGNED-PAYLOAD-TRAILER') {
    const { payload, trailers } = decodeChunks(sent)
    if (Number(headers['x-amz-decoded-content-length']) !== payload.length) throw new S3Failure(400, 'IncompleteBody')
    return { ...request, headers: { ...headers, ...trailers }, body: payload }
  }
  if (claimed.startsWith('STREAMING-')) throw new S3Failure(501, 'NotImplemented', 'Signed chunks are not read here.')
  if (claimed !== 'UNSIGNED-PAYLOAD' && claimed !== digest) {
    throw new S3Failure(400, 'XAmzContentSHA256Mismatch', "The provided 'x-amz-content-sha256' header does not match.")
  }
  return { ...request, headers, body: sent }
}

/** STS's one call here. */
function identityOf({ method, body }: S3Request, faults: S3Faults): S3Answer | 'torn' {
  const action = new URLSearchParams(body.toString()).get('Action')
  if (method !== 'POST' || action !== 'GetCallerIdentity') throw new S3Failure(501, 'NotImplemented')
  if (faults.meet(action, [['sts:GetCallerIdentity', '*']]) !== null) return 'torn'
  const GetCallerIdentityResult = { Arn: IDENTITY, UserId: 'AIDACREDENCEEMULATOR', Account: ACCOUNT }
  return { body: xml('GetCallerIdentityResponse', { GetCallerIdentityResult }) }
}

function failureAnswer(error: unknown, { method, url = '/' }: IncomingMessage): S3Answer {
  const failure = error instanceof S3Failure ? error : new S3Failure(500, 'InternalError', String(error))
  const { status, code: Code, message: Message, headers } = failure
  const body =
    url === '/'
      ? xml('ErrorResponse', { Error: { Type: 'Sender', Code, Message } })
      : xml('Error', { Code, Message, Resource: url.split('?')[0], RequestId: randomUUID() })
  return { status, headers, ...(method === 'HEAD' || status === 304 ? {} : { body }) }
}
