import { once } from 'node:events'
import { connect, createServer, type AddressInfo, type Socket } from 'node:net'

/** Stands between a client and a service, and breaks what passes: any protocol over TCP, TLS included. */
export interface TornProxy {
  readonly port: number
  /** Bytes that clients have been sent so far, all connections together. */
  readonly received: number
  /** Connections that are open. */
  readonly connections: number
  /** Resets every connection that is open; new ones work. */
  cut(): void
  /** Resets each connection once its client has been sent so many more bytes, in the middle of an answer; once only. */
  cutAfter(bytes: number): void
  /** Pauses once clients have been sent so many more bytes, in the middle of an answer; once only. */
  pauseAfter(bytes: number): void
  /** Keeps connections open but lets nothing through, either way, until `resume`. */
  pause(): void
  resume(): void
  /** Cuts, and refuses new connections until `up`. */
  down(): void
  up(): void
  close(): Promise<void>
}

/** A proxy to that port of this machine; it listens on `port`, or on a free one. */
export async function startTornProxy(target: number, port = 0): Promise<TornProxy> {
  const pairs = new Set<readonly [client: Socket, service: Socket]>()
  let [received, isPaused, isDown] = [0, false, false]
  let cutAt: number | null = null
  let pauseAt: number | null = null

  const reset = (pair: readonly [Socket, Socket]) => {
    pairs.delete(pair)
    for (const socket of pair) socket.resetAndDestroy()
  }
  const cut = () => {
    for (const pair of pairs) reset(pair)
  }
  const pause = () => {
    isPaused = true
    for (const socket of [...pairs].flat()) socket.pause()
  }
  const flow: Flow = { passes: () => true, isPaused: () => isPaused }
  const server = createServer({ allowHalfOpen: true }, (client) => {
    if (isDown) {
      client.resetAndDestroy()
      return
    }
    const service = connect({ port: target, host: '127.0.0.1', allowHalfOpen: true })
    const pair = [client, service] as const
    pairs.add(pair)
    forward(client, service, flow)
    forward(service, client, {
      ...flow,
      passes(bytes) {
        received += bytes
        if (pauseAt !== null && received >= pauseAt) {
          pauseAt = null
          pause()
        }
        if (cutAt === null || received < cutAt) return true
        cutAt = null
        cut()
        return false
      },
    })
    for (const socket of pair) {
      socket.on('error', () => reset(pair))
      socket.on('close', () => pairs.delete(pair))
      if (isPaused) socket.pause()
    }
  })
  server.listen(port, '127.0.0.1')
  await once(server, 'listening')

  return {
    port: (server.address() as AddressInfo).port,
    get received() {
      return received
    },
    get connections() {
      return pairs.size
    },
    cut,
    cutAfter(bytes) {
      cutAt = received + bytes
    },
    pauseAfter(bytes) {
      pauseAt = received + bytes
    },
    pause,
    resume() {
      isPaused = false
      for (const socket of [...pairs].flat()) socket.resume()
    },
    down() {
      isDown = true
      cut()
    },
    up() {
      isDown = false
    },
    async close() {
      const closed = once(server, 'close')
      server.close()
      cut()
      await closed
    },
  }
}

interface Flow {
  readonly passes: (bytes: number) => boolean
  readonly isPaused: () => boolean
}

/** Hands bytes on with backpressure, as long as they pass. */
function forward(from: Socket, to: Socket, { passes, isPaused }: Flow): void {
  from.on('data', (chunk) => {
    if (!passes(chunk.length)) return
    if (to.write(chunk)) return
    from.pause()
    to.once('drain', () => {
      if (!isPaused()) from.resume()
    })
  })
  from.on('end', () => to.end())
}
