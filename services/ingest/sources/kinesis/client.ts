import { KinesisClient, type KinesisClientConfig } from '@aws-sdk/client-kinesis'
import { NodeHttp2Handler } from '@smithy/node-http-handler'
import { clientSettings, httpHandler, VERIFIED_TLS } from '#clouds/aws/client.ts'
import { endpointUrl } from '#clouds/endpoint.ts'
import { AppError } from '#core/errors.ts'
import type { KinesisConfig } from './config.ts'

export interface KinesisConnection extends Pick<KinesisConfig, 'stream' | 'region' | 'endpoint' | 'mode'> {
  /** Allows a plain http endpoint: only for emulators. */
  readonly emulator?: boolean | undefined
  /** If absent, the SDK's default chain. */
  readonly credentials?: KinesisClientConfig['credentials'] | undefined
  /** Milliseconds without a byte after which a connection counts as broken. */
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
 * A client that verifies TLS 1.2 or newer and makes one attempt. Throws `invalid` for an endpoint that is not https, except an
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

/** The service's time once it has answered, to the second and never ahead of it; before that, this machine's time. */
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

/** HTTP/1.1: one connection per shard, so that no reading waits for another's. */
function polled(silenceMs: number): ReturnType<typeof httpHandler> {
  return httpHandler({ connectMs: CONNECT_MS, answerMs: silenceMs, silenceMs, sockets: MAX_SOCKETS })
}

/** HTTP/2, as subscriptions require. They are silent only for seconds, because events come even without records. */
function pushed(silenceMs: number): NodeHttp2Handler {
  return new NodeHttp2Handler({ requestTimeout: silenceMs, nodeHttp2ConnectOptions: VERIFIED_TLS })
}

/** The parts of a stream's ARN; null for a name. Throws `invalid` for the ARN of something else. */
function parseStreamArn(stream: string): StreamArn | null {
  if (!stream.startsWith('arn:')) return null
  const match = /^arn:aws[\w-]*:kinesis:([a-z0-9-]+):(\d{12}):stream\/([\w.-]+)$/.exec(stream)
  if (!match) throw new AppError('invalid', `${stream} is not the ARN of a Kinesis stream`)
  const [, region, account, name] = match
  return { region: region!, account: account!, name: name! }
}
