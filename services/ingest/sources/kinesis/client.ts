import { Agent } from 'node:https'
import { KinesisClient, type KinesisClientConfig } from '@aws-sdk/client-kinesis'
import { NodeHttp2Handler, NodeHttpHandler } from '@smithy/node-http-handler'
import { AppError } from '#core/errors.ts'

export interface KinesisConnection {
  /** A name, or an ARN: that says the region too. */
  readonly stream: string
  readonly region?: string
  /** Another address than the region's own: a VPC endpoint, or an emulator. */
  readonly endpoint?: string
  /** Lets the endpoint be plain http: for emulators alone. */
  readonly emulator?: boolean
  /** The SDK's default chain where absent. */
  readonly credentials?: NonNullable<KinesisClientConfig['credentials']>
  readonly mode: 'polling' | 'fan-out'
  /** After how long without a byte a connection counts as broken. */
  readonly silenceMs?: number
}

export interface StreamArn {
  readonly region: string
  readonly account: string
  readonly name: string
}

const CONNECT_MS = 5_000
const SILENCE_MS = 30_000
const MAX_SOCKETS = 512

/**
 * A client that verifies TLS 1.2 or newer and tries once. Throws `invalid` for an endpoint that is not https, unless it is an
 * emulator's, and for an ARN that is not a stream's.
 */
export function createKinesisClient(connection: KinesisConnection): KinesisClient {
  const { endpoint, credentials, mode, silenceMs = SILENCE_MS } = connection
  const region = connection.region ?? parseStreamArn(connection.stream)?.region
  checkEndpoint(endpoint, connection)
  return new KinesisClient({
    ...(region === undefined ? {} : { region }),
    ...(endpoint === undefined ? {} : { endpoint }),
    ...(credentials === undefined ? {} : { credentials }),
    maxAttempts: 1,
    requestHandler: mode === 'fan-out' ? pushed(silenceMs) : polled(silenceMs),
  })
}

/** The service's time, to the second and never ahead of it, once it has answered; this machine's until then. */
export function serviceClock(client: KinesisClient): () => Date {
  let known: { readonly time: number; readonly at: number } | null = null
  client.middlewareStack.add(
    (next) => async (args) => {
      const result = await next(args)
      const { headers } = result.response as { headers?: Record<string, string> }
      const time = Date.parse(headers?.['date'] ?? '')
      if (!Number.isNaN(time)) known = { time, at: performance.now() }
      return result
    },
    { step: 'deserialize', name: 'noteServiceTime', override: true },
  )
  return () => (known === null ? new Date() : new Date(known.time + Math.floor(performance.now() - known.at)))
}

/** Throws `invalid` for an endpoint that is not https, unless it is an emulator's. */
export function checkEndpoint(
  endpoint: string | undefined,
  { emulator, stream }: Pick<KinesisConnection, 'emulator' | 'stream'>,
): void {
  if (endpoint === undefined) return
  if (!URL.canParse(endpoint)) throw new AppError('invalid', `${stream}: the endpoint is not a URL`)
  const { protocol, hostname } = new URL(endpoint)
  if (protocol === 'https:' || (protocol === 'http:' && emulator)) return
  const message = `${stream}: the endpoint ${protocol}//${hostname} is not https; only an emulator's may be`
  throw new AppError('invalid', message, { reason: 'insecure_endpoint' })
}

/** Over HTTP/1.1: a connection for each shard that is being read, so that none waits for another's. */
function polled(silenceMs: number): NodeHttpHandler {
  return new NodeHttpHandler({
    connectionTimeout: CONNECT_MS,
    requestTimeout: silenceMs, // until an answer begins
    socketTimeout: silenceMs, // and within it
    throwOnRequestTimeout: true,
    httpsAgent: new Agent({ keepAlive: true, maxSockets: MAX_SOCKETS, minVersion: 'TLSv1.2' }),
  })
}

/** Subscriptions need HTTP/2. They are silent for seconds only: an event comes though there is no record. */
function pushed(silenceMs: number): NodeHttp2Handler {
  return new NodeHttp2Handler({ requestTimeout: silenceMs, nodeHttp2ConnectOptions: { minVersion: 'TLSv1.2' } })
}

/** What a stream's ARN says; null for a name. Throws `invalid` for another thing's ARN. */
export function parseStreamArn(stream: string): StreamArn | null {
  if (!stream.startsWith('arn:')) return null
  const match = /^arn:aws[\w-]*:kinesis:([a-z0-9-]+):(\d{12}):stream\/([\w.-]+)$/.exec(stream)
  if (!match) throw new AppError('invalid', `${stream} is not the ARN of a Kinesis stream`)
  const [, region, account, name] = match
  return { region: region!, account: account!, name: name! }
}
