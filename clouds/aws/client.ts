import { Agent } from 'node:https'
import { NodeHttpHandler } from '@smithy/node-http-handler'
import { given } from '#core/given.ts'

/** Where a service of AWS is, and who calls. */
export interface AwsAccess<Credentials> {
  /** What the SDK's default chain says where undefined. */
  readonly region?: string | undefined
  /** The region's own where undefined, whatever the environment says. */
  readonly endpoint?: string | undefined
  /** The SDK's default chain where undefined. */
  readonly credentials?: Credentials | undefined
}

/** What every client of AWS is made with. */
export function clientSettings<Credentials>({ region, endpoint, credentials }: AwsAccess<Credentials>) {
  return {
    ...given({ region, endpoint, credentials }),
    maxAttempts: 1, // retrying is the runtime's, by the error's code
    // AWS_ENDPOINT_URL would lead elsewhere, and past the check that an endpoint is over TLS
    ignoreConfiguredEndpointUrls: true,
  }
}

export interface HttpLimits {
  readonly connectMs: number
  /** Until an answer begins. */
  readonly answerMs?: number
  /** Without a byte, within an answer too. */
  readonly silenceMs?: number
  readonly sockets?: number
}

const nothing = (): void => undefined
const SILENT = { debug: nothing, info: nothing, warn: nothing, error: nothing }

/** Connections over HTTP/1.1 that are kept, each with a verified TLS 1.2 or newer, unless the endpoint is an emulator's. */
export function httpHandler({ connectMs, answerMs, silenceMs, sockets = 64 }: HttpLimits): NodeHttpHandler {
  return new NodeHttpHandler({
    connectionTimeout: connectMs,
    ...given({ requestTimeout: answerMs, socketTimeout: silenceMs }),
    throwOnRequestTimeout: true,
    httpsAgent: new Agent({ keepAlive: true, maxSockets: sockets, ...VERIFIED_TLS }),
    httpAgent: { keepAlive: true, maxSockets: sockets },
    logger: SILENT, // it would warn on the console otherwise
  })
}

/** `rejectUnauthorized` is named so that NODE_TLS_REJECT_UNAUTHORIZED cannot turn it off. */
export const VERIFIED_TLS = { minVersion: 'TLSv1.2', rejectUnauthorized: true } as const
