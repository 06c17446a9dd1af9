import type { KeyObject } from 'node:crypto'
import { createServer as createPlain, type IncomingMessage, type RequestListener, type ServerResponse } from 'node:http'
import { createServer as createTls } from 'node:https'
import type { AddressInfo } from 'node:net'
import type { TLSSocket } from 'node:tls'
import { AppError, isAppError, type ErrorCode } from '#core/errors.ts'
import type { RoundClient, RoundState } from '#runtime/catalog/federation-rows.ts'
import { listen } from '#runtime/process/listen.ts'
import { fault } from '../secure/faults.ts'
import { STAGES, type Stage } from '../secure/message.ts'
import { verifyCall } from './call.ts'
import { admitPage } from './pages.ts'
import type { Desk } from './desk.ts'

/** The outcome of a round, as reported to one of its clients. */
export interface ClientOutcome {
  readonly state: Exclude<RoundState, 'open'>
  readonly why: string | null
  /** SHA-256 of the model after the round, hex. */
  readonly model: string
  /** The ruling on the client's own update; null if the round had no result. */
  readonly ruling: RoundClient['ruling'] | null
}

export interface DeskServerOptions {
  readonly host: string
  /** 0 takes any free port. */
  readonly port: number
  /** PEM. If absent, calls are not encrypted. */
  readonly tls?:
    | { readonly certificate: string; readonly key: string; readonly clients?: string | undefined }
    | undefined
  /** Origins whose pages may call. */
  readonly origins?: readonly string[] | undefined
  readonly desk: Desk
  /** Hex; clients need it besides the keys. */
  readonly session: string
  readonly mode: 'masked' | 'judged'
  /** The key of an enrolled or suspended client; undefined for a revoked one. */
  readonly keyOf: (name: string) => KeyObject | undefined
  /** The current model, as little-endian doubles. */
  readonly model: () => Promise<Uint8Array>
  readonly outcome: (round: number, client: string) => Promise<ClientOutcome | null>
  /** The longest message that a client may send, in bytes. */
  readonly mostBytes: number
  readonly clock?: () => number
}

export interface DeskServer extends AsyncDisposable {
  readonly port: number
}

/** Milliseconds after which a waiting call is answered with nothing: less than the timeouts of proxies. */
const WAIT_MS = 20_000
const STATUS: Readonly<Record<ErrorCode, number>> = {
  invalid: 400,
  corrupt: 400,
  denied: 403,
  not_found: 404,
  conflict: 409,
  throttled: 429,
  unavailable: 503,
  internal: 500,
}

/**
 * The aggregator's HTTP server: clients call it and wait for requests. `GET /v1/round`, `/v1/model`, `/v1/request`,
 * `/v1/outcome`, `POST /v1/answer`. With `tls.clients` a client also shows a certificate of that authority that bears its name.
 * Throws `invalid` if it cannot listen.
 */
export async function serveDesk(options: DeskServerOptions): Promise<DeskServer> {
  const { host, port, tls, clock = Date.now } = options
  const closing = new AbortController()
  const listener: RequestListener = (request, response) => {
    answer(request, response, options, closing.signal, clock()).catch((error: unknown) => {
      const { code, reason, message } = isAppError(error) ? error : new AppError('internal', 'the aggregator failed')
      send(response, STATUS[code], JSON.stringify({ code, reason, message }))
      request.resume()
    })
  }
  const mutual = tls?.clients === undefined ? {} : { ca: tls.clients, requestCert: true, rejectUnauthorized: true }
  const limits = { requestTimeout: 10 * 60_000, headersTimeout: 30_000, maxHeaderSize: 8192 }
  const server =
    tls === undefined
      ? createPlain(limits, listener)
      : createTls({ ...limits, cert: tls.certificate, key: tls.key, minVersion: 'TLSv1.3', ...mutual }, listener)
  await listen(server, { host, port }, 'cannot listen')
  return {
    port: (server.address() as AddressInfo).port,
    async [Symbol.asyncDispose]() {
      closing.abort()
      const closed = new Promise((resolve) => server.close(resolve))
      server.closeIdleConnections()
      setTimeout(() => server.closeAllConnections(), 1000).unref()
      await closed
    },
  }
}

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  options: DeskServerOptions,
  closing: AbortSignal,
  at: number,
): Promise<void> {
  const { desk, session, mode } = options
  const { method = '', url: path = '' } = request
  if (admitPage(request, response, options.origins ?? []) === 'asks') return send(response, 204)
  const name = verifyCall(request.headers.authorization, { method, path, at }, options.keyOf)
  if (options.tls?.clients !== undefined) checkCertificate(request, name)
  const { pathname, searchParams } = new URL(path, 'http://aggregator')
  const gone = new AbortController()
  response.once('close', () => gone.abort())
  const patience = AbortSignal.any([gone.signal, closing, AbortSignal.timeout(WAIT_MS)])
  const number = (key: string) => {
    const value = Number(searchParams.get(key) ?? Number.NaN)
    if (!Number.isInteger(value) || value < 0) throw new AppError('invalid', `${key} is not a whole number`)
    return value
  }
  switch (`${method} ${pathname}`) {
    case 'GET /v1/round': {
      const round = await desk.nextRound(name, number('after'), patience)
      if (round === null) return send(response, 204)
      return send(response, 200, JSON.stringify({ session, mode, round }))
    }
    case 'GET /v1/model':
      return send(response, 200, await options.model(), BYTES)
    case 'GET /v1/request': {
      const asked = await desk.take(name, number('round'), stageIn(searchParams), patience)
      if (typeof asked === 'string') return send(response, asked === 'over' ? 410 : 204)
      return send(response, 200, asked, BYTES)
    }
    case 'POST /v1/answer':
      desk.give(name, number('round'), stageIn(searchParams), await bodyOf(request, options.mostBytes))
      return send(response, 204)
    case 'GET /v1/outcome': {
      const outcome = await options.outcome(number('round'), name)
      return outcome === null ? send(response, 204) : send(response, 200, JSON.stringify(outcome))
    }
    default:
      throw new AppError('not_found', `there is no ${method} ${pathname}`)
  }
}

/** Throws unless the certificate, which the connection has verified, bears the name that the call is signed with. */
function checkCertificate(request: IncomingMessage, name: string): void {
  const { subject } = (request.socket as TLSSocket).getPeerCertificate()
  if (subject?.CN !== name) throw fault('unknown_sender', `a call of ${name} under the certificate of another`)
}

function stageIn(parameters: URLSearchParams): Stage {
  const stage = parameters.get('stage') ?? ''
  if (!Object.hasOwn(STAGES, stage)) throw fault('wrong_stage', 'there is no such stage')
  return stage as Stage
}

async function bodyOf(request: IncomingMessage, most: number): Promise<Uint8Array> {
  const chunks: Buffer[] = []
  let length = 0
  for await (const chunk of request as AsyncIterable<Buffer>) {
    length += chunk.length
    if (length > most) throw fault('wrong_size', `a message of more than ${most} bytes`)
    chunks.push(chunk)
  }
  return Buffer.concat(chunks)
}

const BYTES = 'application/octet-stream'

function send(response: ServerResponse, status: number, body?: string | Uint8Array, type = 'application/json'): void {
  if (response.headersSent || response.destroyed) return
  response.writeHead(status, { 'cache-control': 'no-store', ...(body !== undefined && { 'content-type': type }) })
  response.end(body)
}
