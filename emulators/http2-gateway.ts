import { once } from 'node:events'
import { request } from 'node:http'
import { constants, createServer, type Http2Session, type ServerHttp2Stream } from 'node:http2'
import type { AddressInfo } from 'node:net'

/** Speaks HTTP/2 (without TLS) in front of an emulator whose own breaks off when it streams. */
export interface Http2Gateway {
  readonly port: number
  close(): Promise<void>
}

/** Headers that HTTP/2 has no use for. */
const HOP_BY_HOP = new Set(['connection', 'keep-alive', 'transfer-encoding', 'upgrade', 'http2-settings', 'host'])

/** Hands every request on to that port of this machine over HTTP/1.1, and its answer back as it comes. */
export async function startHttp2Gateway(target: number): Promise<Http2Gateway> {
  const sessions = new Set<Http2Session>()
  const server = createServer()
  server.on('session', (session) => {
    sessions.add(session)
    session.on('close', () => sessions.delete(session))
    session.on('error', () => {})
  })
  server.on('stream', (stream: ServerHttp2Stream, headers) => handOn(stream, headers, target))
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    port: (server.address() as AddressInfo).port,
    async close() {
      const closed = once(server, 'close')
      server.close()
      for (const session of sessions) session.destroy()
      await closed
    },
  }
}

function handOn(stream: ServerHttp2Stream, headers: Readonly<Record<string, unknown>>, port: number): void {
  const plain = Object.entries(headers).filter(([name]) => !name.startsWith(':') && !HOP_BY_HOP.has(name))
  const outgoing = request({
    port,
    host: '127.0.0.1',
    method: 'POST',
    path: headers[':path'] as string,
    headers: Object.fromEntries(plain) as Record<string, string>,
  })
  outgoing.on('response', (answer) => {
    if (stream.destroyed) return void answer.destroy()
    const kept = Object.entries(answer.headers).filter(([name]) => !HOP_BY_HOP.has(name))
    stream.respond({ ...Object.fromEntries(kept), ':status': answer.statusCode ?? 502 })
    answer.pipe(stream)
    answer.on('error', () => stream.close(constants.NGHTTP2_INTERNAL_ERROR))
  })
  outgoing.on('error', () => stream.close(constants.NGHTTP2_INTERNAL_ERROR))
  stream.on('error', () => outgoing.destroy())
  stream.on('close', () => outgoing.destroy())
  stream.pipe(outgoing)
}
