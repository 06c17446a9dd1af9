import { once } from 'node:events'
import { createServer, request, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { buffer } from 'node:stream/consumers'
import { operationOf } from '#emulators/s3/operations.ts'
import type { SeenCall } from './match.ts'

/** Stands before an emulator of AWS and notes what each request needs, with what policies can set conditions on. */
export interface Front {
  readonly endpoint: string
  readonly port: number
  readonly calls: readonly SeenCall[]
  close(): Promise<void>
}

export interface FrontRequest {
  readonly method: string
  readonly url: URL
  readonly headers: IncomingHttpHeaders
  readonly body: Buffer
}

export async function startFront(
  upstream: string,
  describe: (request: FrontRequest) => readonly SeenCall[],
): Promise<Front> {
  const { port: upstreamPort } = new URL(upstream)
  const calls: SeenCall[] = []
  const serve = async (incoming: IncomingMessage, answer: ServerResponse): Promise<void> => {
    const { method = 'GET', url = '/', headers } = incoming
    const body = await buffer(incoming)
    calls.push(...describe({ method, url: new URL(url, upstream), headers, body }))
    const onward = request({ host: '127.0.0.1', port: upstreamPort, method, path: url, headers, agent: false })
    onward.once('response', (answered) => {
      answer.writeHead(answered.statusCode ?? 500, answered.headers)
      answered.pipe(answer)
      answered.once('error', () => answer.destroy())
    })
    onward.once('error', () => answer.destroy()) // what breaks there breaks here
    answer.once('close', () => onward.destroy())
    onward.end(body)
  }
  const server = createServer((incoming, answer) => void serve(incoming, answer).catch(() => answer.destroy()))
  server.keepAliveTimeout = 60_000
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  return {
    endpoint: `http://127.0.0.1:${port}`,
    port,
    calls,
    async close() {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}

/** AWS, "Actions, resources, and condition keys for Amazon S3". */
export function describeS3({ method, url, headers }: FrontRequest): SeenCall[] {
  const [bucket = '', ...path] = url.pathname.slice(1).split('/').map(decodeURIComponent)
  if (bucket === '') return [{ action: 'sts:GetCallerIdentity', resource: '*' }]
  const key = path.join('/')
  const operation = operationOf(method, key, url.searchParams)
  if (operation === null) throw new Error(`no operation for ${method} ${url.pathname}`)
  const resource = `arn:aws:s3:::${bucket}${key === '' ? '' : `/${key}`}`
  const given = (name: string, header: string) => {
    const value = headers[header]
    return typeof value === 'string' ? { [name]: value } : {}
  }
  const isPart = operation.name === 'CreateMultipartUpload' || operation.name === 'UploadPart'
  const context = {
    ...given('s3:if-none-match', 'if-none-match'),
    ...given('s3:if-match', 'if-match'),
    's3:ObjectCreationOperation': String(!isPart),
  }
  const locks = headers['x-amz-object-lock-mode'] !== undefined
  return [
    { action: operation.action, resource, context },
    ...(locks ? [{ action: 's3:PutObjectRetention', resource, context }] : []),
  ]
}

/** AWS, "AWS KMS permissions"; keys have to be named by their ARN. */
export function describeKms({ headers, body }: FrontRequest): SeenCall[] {
  const action = actionOf(headers)
  if (action === null) return [{ action: 'sts:GetCallerIdentity', resource: '*' }]
  const input = JSON.parse(body.toString('utf8')) as Readonly<Record<string, string | Record<string, string>>>
  const call = (name: string, key: unknown, context: unknown): SeenCall => ({
    action: `kms:${name}`,
    resource: String(key),
    context: Object.fromEntries(
      Object.entries((context ?? {}) as Record<string, string>).map(([k, v]) => [`kms:EncryptionContext:${k}`, v]),
    ),
  })
  if (action !== 'ReEncrypt') return [call(action, input['KeyId'], input['EncryptionContext'])]
  return [
    call('ReEncryptFrom', input['SourceKeyId'], input['SourceEncryptionContext']),
    call('ReEncryptTo', input['DestinationKeyId'], input['DestinationEncryptionContext']),
  ]
}

const OF_CONSUMERS = new Set(['DescribeStreamConsumer', 'RegisterStreamConsumer', 'SubscribeToShard'])

/** AWS, "Actions, resources, and condition keys for Amazon Kinesis Data Streams": of a consumer, its stream is asked for too. */
export function describeKinesis(streams: string, only: string): (request: FrontRequest) => SeenCall[] {
  return ({ headers, body }) => {
    const action = actionOf(headers) ?? ''
    const input = JSON.parse(body.toString('utf8')) as Readonly<Record<string, string | undefined>>
    const { StreamARN, StreamName, ConsumerARN, ConsumerName } = input
    // an iterator says in its own words which stream it is of
    const stream = StreamARN ?? ConsumerARN?.split('/consumer/')[0] ?? `${streams}/${StreamName ?? only}`
    const consumer = ConsumerARN ?? `${stream}/consumer/${ConsumerName}:0`
    const on = OF_CONSUMERS.has(action) ? [stream, consumer] : [stream]
    return on.map((resource) => ({ action: `kinesis:${action}`, resource }))
  }
}

function actionOf(headers: IncomingHttpHeaders): string | null {
  const target = headers['x-amz-target']
  return typeof target === 'string' ? (target.split('.').at(-1) ?? null) : null
}
