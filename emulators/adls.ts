import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type IncomingMessage, type RequestListener, type ServerResponse } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { buffer } from 'node:stream/consumers'
import { StorageSharedKeyCredential } from '@azure/storage-blob'
import { authorize } from './adls/access.ts'
import { actionOf, EMULATED_ACCOUNT, EMULATED_KEY, parseStorageRequest } from './adls/actions.ts'
import { answerBlob } from './adls/blob-requests.ts'
import { answerDfs, isDfs } from './adls/dfs-requests.ts'
import { Tree, type Settings } from './adls/tree.ts'
import { header, Refusal, type Answer, type Exchange } from './adls/wire.ts'
import { refusal } from './azurite.ts'
import { CallBook, LOOPBACK, PATIENT, type Emulator, type EmulatorOptions } from './emulator.ts'

export interface AdlsEmulatorOptions extends EmulatorOptions {
  /** PEM; https with them, which bearer tokens need. */
  readonly tls?: { readonly key: string; readonly cert: string }
  /** False makes it an account with a flat namespace, which has the Blob service alone. */
  readonly hierarchical?: boolean
  /** The most entries that one answer lists. */
  readonly pageSize?: number
  /** The account's own switch: whether a container may be public at all. */
  readonly allowPublicAccess?: boolean
}

export interface AdlsEmulator extends Emulator {
  readonly account: string
  /** Signatures of the account's key are looked at for presence, not verified. */
  readonly credential: StorageSharedKeyCredential
  readonly key: string
  /** Makes a container, without a request. */
  create(container: string, settings?: Settings): void
  /** What only the management plane of Azure can set. Survives as everything does. */
  configure(container: string, settings: Settings): void
}

/**
 * An emulator of a storage account with a hierarchical namespace: the Blob and the dfs endpoint over one tree, under one
 * address, as the SDKs expect of an emulator.
 */
export async function startAdls(options: AdlsEmulatorOptions = {}): Promise<AdlsEmulator> {
  const { tls, hierarchical = true, pageSize = 5000, allowPublicAccess = false } = options
  const book = new CallBook()
  const tree = new Tree(options.folder)
  const listener: RequestListener = (incoming, answer) => {
    serve(incoming, answer).catch(() => incoming.socket.destroy()) // the client went away in the middle of its request
  }
  const serve = async (incoming: IncomingMessage, answer: ServerResponse): Promise<void> => {
    const request = parseStorageRequest(incoming.method ?? 'GET', incoming.url ?? '/', incoming.headers)
    const { action, resource } = actionOf(request)
    const fault = book.note(action, resource)
    if (fault === 'torn') {
      incoming.socket.destroy()
      return
    }
    const body = await buffer(incoming)
    if (!incoming.complete) return
    const exchange: Exchange = { ...request, body, tree, hierarchical, pageSize }
    const answered = attempting(exchange, () => {
      authorize(request, allowPublicAccess, tree.containers.get(request.container)?.settings)
      if (fault !== null && fault !== 'torn_after') {
        const { status, code, message } = refusal(fault)
        throw new Refusal(status, code, message)
      }
      return isDfs(exchange) ? answerDfs(exchange) : answerBlob(exchange)
    })
    if (fault === 'torn_after') incoming.socket.destroy()
    else send(exchange, answer, answered)
  }

  const server = tls === undefined ? createServer(PATIENT, listener) : createTlsServer({ ...PATIENT, ...tls }, listener)
  server.keepAliveTimeout = 60_000 // longer than a client keeps an idle connection for, so that none breaks as it is used again
  server.listen(options.port ?? 0, options.host ?? LOOPBACK)
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  return {
    endpoint: `${tls === undefined ? 'http' : 'https'}://127.0.0.1:${port}/${EMULATED_ACCOUNT}`,
    account: EMULATED_ACCOUNT,
    credential: new StorageSharedKeyCredential(EMULATED_ACCOUNT, EMULATED_KEY),
    key: EMULATED_KEY,
    calls: book.calls,
    inject: (fault) => book.inject(fault),
    clearFaults: () => book.clearFaults(),
    create: (container, settings = {}) => {
      tree.change({ container, created: { at: new Date().toISOString(), etag: tree.etag() }, settings })
    },
    configure: (container, settings) => tree.change({ container, settings }),
    async close() {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}

function attempting(exchange: Exchange, work: () => Answer): Answer {
  try {
    return work()
  } catch (error) {
    const { status, code, message } =
      error instanceof Refusal ? error : new Refusal(500, 'InternalError', String(error))
    const json = isDfs(exchange)
    return {
      status,
      headers: { 'x-ms-error-code': code, 'content-type': json ? 'application/json' : 'application/xml' },
      body: json
        ? JSON.stringify({ error: { code, message } })
        : `<?xml version="1.0" encoding="utf-8"?><Error><Code>${code}</Code><Message>${message}</Message></Error>`,
    }
  }
}

function send(
  { method, headers }: Exchange,
  answer: ServerResponse,
  { status, headers: own, body = '' }: Answer,
): void {
  const silent = method === 'HEAD' || status === 304
  answer.writeHead(status, {
    'x-ms-request-id': randomUUID(),
    'x-ms-version': header(headers, 'x-ms-version') ?? '2025-01-05',
    ...(method === 'HEAD' ? {} : { 'content-length': String(Buffer.byteLength(body)) }),
    ...own,
  })
  answer.end(silent ? undefined : body)
}
