import { createAdaptorServer } from '@hono/node-server'
import { constants } from 'node:crypto'
import { createServer, type Server } from 'node:https'
import { readFile } from 'node:fs/promises'
import type { AddressInfo } from 'node:net'
import type { TLSSocket } from 'node:tls'
import { AppError } from '#core/errors.ts'
import type { Grant } from '#console/api/roles.ts'
import { listen } from '#runtime/process/listen.ts'

/** Programs that sign in by a certificate of their own, by the name that the audit log has for each. */
export type Clients = Readonly<Record<string, CertifiedClient>>
export interface CertifiedClient {
  /** All that its certificate says of its subject, such as `{ CN: 'nightly', O: 'Example' }`. */
  readonly subject: Readonly<Record<string, string>>
  readonly grants: readonly Grant[]
}

export interface MutualTlsOptions {
  readonly host: string
  /** 0 takes a free one. */
  readonly port: number
  /** PEM files: the console's own, and who signs for clients. */
  readonly certificate: string
  readonly key: string
  readonly authority: string
  /** A list of revoked certificates (PEM) of that authority. */
  readonly revoked?: string | undefined
  readonly clients: Clients
  /** Between looks at the files, in milliseconds. */
  readonly lookMs?: number | undefined
}

/** Who is at the other end, as a certificate says that was verified. */
export interface Peer {
  readonly subject: Readonly<Record<string, unknown>>
  readonly validTo: Date
}

/** Null where the connection is none that asks for certificates. Whoever showed none that verifies does not come so far. */
export function peerOf(socket: unknown): Peer | null {
  if (!isTls(socket)) return null
  const { subject, valid_to: until } = socket.getPeerCertificate()
  // no subject of a client is empty: it is nobody
  return { subject: socket.authorized ? { ...subject } : {}, validTo: new Date(until) }
}

function isTls(socket: unknown): socket is TLSSocket {
  return typeof socket === 'object' && socket !== null && 'getPeerCertificate' in socket
}

const LOOK_MS = 15_000

export interface MutualTls extends AsyncDisposable {
  readonly port: number
}

/**
 * Listens for programs with certificates, beside the listener for people: a browser is never asked for one. Files that change
 * are taken up, and every connection of before is ended, so that what was revoked is so at once. Throws `invalid` where it
 * cannot listen, or a file is none.
 */
export async function listenMutually(
  options: MutualTlsOptions,
  answer: (request: Request, env: unknown) => Response | Promise<Response>,
  onDefect: (error: unknown) => void,
): Promise<MutualTls> {
  const { host, port, lookMs = LOOK_MS } = options
  let files = await readFiles(options)
  const server = createAdaptorServer({
    hostname: host,
    fetch: answer,
    createServer,
    serverOptions: {
      ...files,
      requestCert: true,
      rejectUnauthorized: true,
      minVersion: 'TLSv1.2',
      // a session that is taken up again would not be asked for its certificate
      secureOptions: constants.SSL_OP_NO_TICKET,
      headersTimeout: 30_000,
    },
  }) as Server
  await listen(server, { host, port }, 'the console cannot listen')
  const look = async () => {
    const now = await readFiles(options)
    if (JSON.stringify(now) === JSON.stringify(files)) return
    server.setSecureContext({ ...now, minVersion: 'TLSv1.2', secureOptions: constants.SSL_OP_NO_TICKET })
    files = now
    server.closeAllConnections()
  }
  let looking = Promise.resolve()
  const timer = setInterval(() => {
    looking = looking.then(look).catch(onDefect)
  }, lookMs)
  return {
    port: (server.address() as AddressInfo).port,
    async [Symbol.asyncDispose]() {
      clearInterval(timer)
      await looking
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

async function readFiles({ certificate, key, authority, revoked }: MutualTlsOptions) {
  const read = async (path: string) => {
    try {
      return await readFile(path, 'utf8')
    } catch (cause) {
      throw new AppError('invalid', `cannot read ${path}, which console.mutualTls names`, { cause })
    }
  }
  return {
    cert: await read(certificate),
    key: await read(key),
    ca: await read(authority),
    ...(revoked !== undefined && { crl: await read(revoked) }),
  }
}
