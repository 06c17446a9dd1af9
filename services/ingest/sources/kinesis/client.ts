import { KinesisClient, type KinesisClientConfig } from '@aws-sdk/client-kinesis'
import { NodeHttp2Handler } from '@smithy/node-http-handler'
import { clientSettings, httpHandler, VERIFIED_TLS } from '#clouds/aws/client.ts'
import { endpointUrl } from '#clouds/endpoint.ts'
import { AppError } from '#core/errors.ts'
import type { KinesisConfig } from './config.ts'

export interface KinesisConnection extends Pick<KinesisConfig, 'stream' | 'region' | 'endpoint' | 'mode'> {
  /** Lets the endpoint be plain http: for emulators alone. */
  readonly emulator?: boolean | undefined
  /** The SDK's default chain where absent. */
  readonly credentials?: KinesisClientConfig['credentials'] | undefined
  /** After how long without a byte a connection counts as broken. */
  readonly silenceMs?: number | undefined
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
  const { endpoint, credentials, mode, emulator, silenceMs = SILENCE_MS } = connection
  const region = connection.region ?? parseStreamArn(connection.stream)?.region
  if (endpoint !== undefined) endpointUrl(endpoint, connection.stream, emulator)
  return new KinesisClient({
    ...clientSettings({ region, endpoint, credentials }),
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

/** Over HTTP/1.1: a connection for each shard that is being read, so that none waits for another's. */
function polled(silenceMs: number): ReturnType<typeof httpHandler> {
  return httpHandler({ connectMs: CONNECT_MS, answerMs: silenceMs, silenceMs, sockets: MAX_SOCKETS })
}

/** Subscriptions need HTTP/2. They are silent for seconds only: an event comes though there is no record. */
function pushed(silenceMs: number): NodeHttp2Handler {
  return new NodeHttp2Handler({ requestTimeout: silenceMs, nodeHttp2ConnectOptions: VERIFIED_TLS })
}

/** What a stream's ARN says; null for a name. Throws `invalid` for another thing's ARN. */
function parseStreamArn(stream: string): StreamArn | null {
  if (!stream.startsWith('arn:')) return null
  const match = /^arn:aws[\w-]*:kinesis:([a-z0-9-]+):(\d{12}):stream\/([\w.-]+)$/.exec(stream)
  if (!match) throw new AppError('invalid', `${stream} is not the ARN of a Kinesis stream`)
  const [, region, account, name] = match
  return { region: region!, account: account!, name: name! }
}
