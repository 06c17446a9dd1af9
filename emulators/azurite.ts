import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer, request, type IncomingMessage, type ServerResponse } from 'node:http'
import { createRequire } from 'node:module'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { createInterface } from 'node:readline'
import { StorageSharedKeyCredential } from '@azure/storage-blob'
import { actionOf, EMULATED_ACCOUNT, EMULATED_KEY, parseStorageRequest } from './adls/actions.ts'
import { CallBook, LOOPBACK, PATIENT, type Emulator, type EmulatorOptions, type Fault } from './emulator.ts'

export interface AzuriteEmulator extends Emulator {
  readonly account: string
  readonly credential: StorageSharedKeyCredential
  /** The key of the account, base64: well known. */
  readonly key: string
}

/**
 * Azurite, Microsoft's emulator of the Blob service, as a process of its own behind a listener that notes each call by the
 * data action that it needs, and meets it with a fault where one is due. Keeps its state in `folder`, but writes down every
 * few seconds and at `close` only: what it answered right before a SIGKILL is lost.
 */
export async function startAzurite(options: EmulatorOptions = {}): Promise<AzuriteEmulator> {
  const book = new CallBook()
  const scratch = options.folder === undefined ? await mkdtemp(path.join(tmpdir(), 'credence-azurite-')) : null
  const azurite = await spawnAzurite(options.folder, scratch ?? options.folder ?? '')
  const server = createServer(PATIENT, (incoming, answer) => {
    relay(book, azurite.port, incoming, answer)
  })
  server.keepAliveTimeout = 60_000 // longer than a client keeps an idle connection for, so that none breaks as it is used again
  server.listen(options.port ?? 0, options.host ?? LOOPBACK)
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  return {
    endpoint: `http://127.0.0.1:${port}/${EMULATED_ACCOUNT}`,
    account: EMULATED_ACCOUNT,
    credential: new StorageSharedKeyCredential(EMULATED_ACCOUNT, EMULATED_KEY),
    key: EMULATED_KEY,
    calls: book.calls,
    inject: (fault) => book.inject(fault),
    clearFaults: () => book.clearFaults(),
    async close() {
      server.closeAllConnections()
      server.close()
      if (azurite.child.exitCode === null) {
        azurite.child.kill('SIGTERM')
        await once(azurite.child, 'exit')
      }
      if (scratch !== null) await rm(scratch, { recursive: true, force: true })
    },
  }
}

async function spawnAzurite(folder: string | undefined, cwd: string): Promise<{ child: ChildProcess; port: number }> {
  const main = createRequire(import.meta.url).resolve('azurite/dist/src/blob/main.js')
  const state = folder === undefined ? ['--inMemoryPersistence'] : ['--location', folder]
  const flags = [
    '--blobHost',
    '127.0.0.1',
    '--blobPort',
    '0',
    '--disableTelemetry',
    '--skipApiVersionCheck',
    '--silent',
  ]
  const child = spawn(process.execPath, [main, ...flags, ...state], { cwd, stdio: ['ignore', 'pipe', 'inherit'] })
  const dies = (): void => {
    child.kill('SIGKILL')
  }
  process.once('exit', dies)
  child.once('exit', () => process.off('exit', dies))
  for await (const line of createInterface({ input: child.stdout })) {
    const port = /listens on http:\/\/127\.0\.0\.1:(\d+)/.exec(line)?.[1]
    if (port === undefined) continue
    child.stdout.resume()
    return { child, port: Number(port) }
  }
  throw new Error(`azurite ended with ${child.exitCode} before it listened`)
}

/** Passes a request on unchanged, so that its signature holds, unless a fault is due. */
function relay(book: CallBook, port: number, incoming: IncomingMessage, answer: ServerResponse): void {
  const { method = 'GET', url = '/', headers } = incoming
  const { action, resource } = actionOf(parseStorageRequest(method, url, headers))
  const fault = book.note(action, resource)
  if (fault === 'torn') {
    incoming.socket.destroy()
    return
  }
  if (fault !== null && fault !== 'torn_after') {
    incoming.resume()
    incoming.once('end', () => refuse(fault, method, answer))
    return
  }
  const onward = request({ host: '127.0.0.1', port, method, path: url, headers, agent: false }, (answered) => {
    if (fault === 'torn_after') {
      answered.resume()
      answered.once('end', () => incoming.socket.destroy())
      return
    }
    answer.writeHead(answered.statusCode ?? 500, answered.headers)
    answered.pipe(answer)
  })
  onward.once('error', () => incoming.socket.destroy())
  incoming.pipe(onward)
  // half a request must not become half a blob: what breaks off here breaks off there
  incoming.once('close', () => {
    if (!incoming.complete) onward.destroy()
  })
}

function refuse(kind: Fault['kind'], method: string, answer: ServerResponse): void {
  const { status, code, message } = refusal(kind)
  answer.writeHead(status, { 'x-ms-error-code': code, 'content-type': 'application/xml' })
  const body = `<?xml version="1.0" encoding="utf-8"?><Error><Code>${code}</Code><Message>${message}</Message></Error>`
  answer.end(method === 'HEAD' ? undefined : body)
}

/** A fault in the words of the storage service. */
export function refusal(kind: Fault['kind']): { status: number; code: string; message: string } {
  switch (kind) {
    case 'throttled':
      return { status: 503, code: 'ServerBusy', message: 'The server is busy.' }
    case 'denied': {
      const message = 'This request is not authorized to perform this operation using this permission.'
      return { status: 403, code: 'AuthorizationPermissionMismatch', message }
    }
    case 'disabled':
    case 'destroyed': {
      const message = 'The key vault key is not found to unwrap the encryption key.'
      return { status: 403, code: 'KeyVaultEncryptionKeyNotFound', message }
    }
    default:
      return { status: 500, code: 'InternalError', message: 'Server encountered an internal error.' }
  }
}
