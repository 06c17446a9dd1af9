import { Agent } from 'node:https'
import { NodeHttpHandler } from '@smithy/node-http-handler'
import { given } from '#core/given.ts'

/** The address of an AWS service, and the credentials. */
export interface AwsAccess<Credentials> {
  /** If undefined, by the SDK's default chain. */
  readonly region?: string | undefined
  /** If undefined, the region's own, whatever the environment says. */
  readonly endpoint?: string | undefined
  /** If undefined, the SDK's default chain. */
  readonly credentials?: Credentials | undefined
}

/** The settings of every AWS client. */
export function clientSettings<Credentials>({ region, endpoint, credentials }: AwsAccess<Credentials>) {
  return {
    ...given({ region, endpoint, credentials }),
    maxAttempts: 1, // the runtime retries, by the error's code
    // AWS_ENDPOINT_URL would bypass the check that an endpoint uses TLS
    ignoreConfiguredEndpointUrls: true,
  }
}

export interface HttpLimits {
  readonly connectMs: number
  /** The longest wait for the beginning of an answer. */
  readonly answerMs?: number
  /** The longest time without a byte, also within an answer. */
  readonly silenceMs?: number
  readonly sockets?: number
}

const nothing = (): void => undefined
const SILENT = { debug: nothing, info: nothing, warn: nothing, error: nothing }

/** Kept HTTP/1.1 connections, each with verified TLS 1.2 or newer, except to an emulator's endpoint. */
export function httpHandler({ connectMs, answerMs, silenceMs, sockets = 64 }: HttpLimits): NodeHttpHandler {
  return new NodeHttpHandler({
    connectionTimeout: connectMs,
    ...given({ requestTimeout: answerMs, socketTimeout: silenceMs }),
    throwOnRequestTimeout: true,
    httpsAgent: new Agent({ keepAlive: true, maxSockets: sockets, ...VERIFIED_TLS }),
    httpAgent: { keepAlive: true, maxSockets: sockets },
    logger: SILENT, // otherwise it writes warnings to the console
  })
}

/** `rejectUnauthorized` is set so that NODE_TLS_REJECT_UNAUTHORIZED cannot turn it off. */
export const VERIFIED_TLS = { minVersion: 'TLSv1.2', rejectUnauthorized: true } as const
