import { createServer, type AddressInfo, type Socket } from 'node:net'
import { Server, ServerCredentials, status } from '@grpc/grpc-js'
import { LOOPBACK, type Emulator, type EmulatorOptions } from './emulator.ts'
import { loadServices } from './pubsub/protocol.ts'
import { createHandlers } from './pubsub/rpc.ts'
import { PubSubState } from './pubsub/state.ts'

export interface PubSubEmulatorOptions extends EmulatorOptions {
  /** Where order is kept: the next message of a key goes out only once the one before is acknowledged, as the service may have it. */
  readonly isOneByOne?: boolean
}

export interface PubSubEmulator extends Emulator {
  readonly port: number
  /** Bytes of message data that subscribers have been sent so far. */
  readonly sentBytes: number
  /** How many messages of a subscription (by its full name) are not acknowledged. */
  backlog(subscription: string): number
  /** How many of those are delivered, and within their deadline. */
  outstanding(subscription: string): number
  /** Lets the deadlines of all that is outstanding pass. */
  expire(): void
  /** Delivers all that is outstanding once more, as at-least-once delivery may. */
  duplicate(subscription: string): void
  /** A permission that nobody has from now on, or until it is granted again. */
  deny(permission: string): void
  grant(permission: string): void
  /** Ends the streams that are open, as the service does now and then. */
  breakStreams(code?: status): void
  /** Breaks the connections that are open. */
  tear(): void
}

const LARGEST_REQUEST = 24 * 1024 * 1024
const TICK_MS = 100

/**
 * Pub/Sub over gRPC, without TLS: topics, publishing (ordering keys), subscriptions (streaming and unary pull, flow control, ack
 * deadlines, ordering, exactly-once delivery, dead-letter topics), testIamPermissions. Not there: push and export, filters,
 * snapshots, retry policies, retention, schemas.
 */
export async function startPubSub({
  port = 0,
  host = LOOPBACK,
  folder,
  isOneByOne = false,
}: PubSubEmulatorOptions = {}): Promise<PubSubEmulator> {
  const state = new PubSubState(folder, isOneByOne)
  const server = new Server({
    'grpc.max_receive_message_length': LARGEST_REQUEST,
    'grpc.max_send_message_length': LARGEST_REQUEST,
  })
  const sockets = new Set<Socket>()
  const tear = (peer?: string) => {
    for (const socket of sockets) {
      if (peer === undefined || peer.endsWith(`:${socket.remotePort}`)) socket.resetAndDestroy()
    }
  }
  const { publisher, subscriber, iamPolicy } = loadServices()
  const handlers = createHandlers(state, tear)
  server.addService(publisher, handlers.publisher)
  server.addService(subscriber, handlers.subscriber)
  server.addService(iamPolicy, handlers.iamPolicy)

  const injector = server.createConnectionInjector(ServerCredentials.createInsecure())
  const listener = createServer((socket) => {
    sockets.add(socket)
    socket.setNoDelay(true)
    socket.on('error', () => {}).on('close', () => sockets.delete(socket))
    injector.injectConnection(socket)
  })
  await new Promise<void>((resolve, reject) => {
    listener.once('error', reject)
    listener.listen(port, host, resolve)
  })
  const timer = setInterval(() => state.expire(Date.now()), TICK_MS)
  timer.unref()
  const own = (listener.address() as AddressInfo).port

  return {
    endpoint: `http://127.0.0.1:${own}`,
    port: own,
    get calls() {
      return state.book.calls
    },
    get sentBytes() {
      return handlers.sentBytes()
    },
    inject: (fault) => state.book.inject(fault),
    clearFaults: () => state.book.clearFaults(),
    backlog: (subscription) => state.subscription(subscription).size,
    outstanding: (subscription) => state.subscription(subscription).outstanding,
    expire: () => state.expire(Number.POSITIVE_INFINITY),
    duplicate: (subscription) => state.duplicate(subscription),
    deny: (permission) => void state.denied.add(permission),
    grant: (permission) => void state.denied.delete(permission),
    breakStreams: (code = status.UNAVAILABLE) => handlers.breakStreams(code),
    tear: () => tear(),
    async close() {
      clearInterval(timer)
      const closed = new Promise<void>((resolve) => listener.close(() => resolve()))
      tear()
      server.forceShutdown()
      await closed
      state.close()
    },
  }
}
