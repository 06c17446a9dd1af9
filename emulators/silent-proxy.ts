import { once } from 'node:events'
import { connect, createServer, type AddressInfo, type Socket } from 'node:net'

/** A way to a server on this machine whose connections can go silent, as after a failover without a goodbye. */
export interface SilentProxy {
  readonly port: number
  /** How many connections there were so far. */
  readonly opened: number
  /** Nothing more passes over the connections that stand, not even their end; new ones work. */
  silence(): void
  close(): Promise<void>
}

export async function startSilentProxy(to: { readonly port: number; readonly host?: string }): Promise<SilentProxy> {
  const sockets = new Set<Socket>()
  let silenced = new Set<Socket>()
  let opened = 0
  const join = (from: Socket, into: Socket) => {
    sockets.add(from)
    from.on('data', (bytes) => {
      if (!silenced.has(from)) into.write(bytes)
    })
    from.on('end', () => {
      if (!silenced.has(from)) into.end()
    })
    from.on('error', () => {}) // its end follows
    from.on('close', () => {
      sockets.delete(from)
      if (!silenced.has(from)) into.destroy()
    })
  }
  // half-open, or a silent connection would answer its client's end
  const server = createServer({ allowHalfOpen: true }, (client) => {
    opened++
    const upstream = connect({ host: to.host ?? '127.0.0.1', port: to.port, allowHalfOpen: true })
    join(client, upstream)
    join(upstream, client)
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    port: (server.address() as AddressInfo).port,
    get opened() {
      return opened
    },
    silence() {
      silenced = new Set([...silenced, ...sockets])
    },
    async close() {
      const closed = once(server, 'close')
      server.close()
      for (const socket of sockets) socket.destroy()
      await closed
    },
  }
}
