import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import type { AddressInfo, Server, Socket } from 'node:net'
import path from 'node:path'
import rhea, { type Connection, type EventContext, type Message, type Receiver, type Sender } from 'rhea'
import { CallBook, LOOPBACK, type Emulator, type EmulatorOptions, type Fault } from './emulator.ts'
import { AmqpRefusal, openTransfer, tolerateLateFrames, type Condition } from './eventhubs/amqp.ts'
import { Claims, issueJwt, type AccessKey, type Right } from './eventhubs/claims.ts'
import { describe, partitionOf, toRefusal, toReply, type Answer, type HubState } from './eventhubs/management.ts'
import { PartitionLog } from './eventhubs/partition-log.ts'
import { Receivers, type AttachedReceiver } from './eventhubs/receivers.ts'

export interface HubOptions {
  readonly name: string
  readonly partitions: number
  /** Beside `$Default`. */
  readonly consumerGroups?: readonly string[]
  /** As in a namespace with geo-replication: offsets are texts, and events are found by those alone. */
  readonly isReplicated?: boolean
}

export interface EventHubsOptions extends EmulatorOptions {
  readonly hubs: readonly HubOptions[]
  /** Shared access policies; one that may do all, where absent. */
  readonly keys?: readonly AccessKey[]
  /** What identities (by object id) may do; those that are not named may do all. */
  readonly roles?: Readonly<Record<string, readonly Right[]>>
  /** Certificate and key (PEM): serves TLS, as the service does. */
  readonly tls?: { readonly cert: string; readonly key: string }
}

export interface EventHubsEmulator extends Emulator {
  readonly port: number
  /** For the official clients, over plain TCP; another port for a proxy. */
  connectionString(keyName?: string, port?: number): string
  /** A token as the identity platform would issue it. */
  token(oid: string): { readonly token: string; readonly expiresOnTimestamp: number }
  /** Receivers that are attached now. */
  receivers(): readonly AttachedReceiver[]
  /** Detaches the receivers of a partition with this error. */
  detach(hub: string, partition: number, error: Condition): void
  /** What retention does: events before this sequence number are gone. */
  expire(hub: string, partition: number, before: number): void
  /** Breaks every connection. */
  tear(): void
}

export const LISTEN = 'Microsoft.EventHub/namespaces/messages/receive/action'
export const SEND = 'Microsoft.EventHub/namespaces/messages/send/action'

const ACTIONS: Readonly<Record<Right, string>> = { listen: LISTEN, send: SEND }
const MOST_BYTES = 1024 * 1024
const ALL_RIGHTS: AccessKey = {
  name: 'RootManageSharedAccessKey',
  key: 'emulated-root-key',
  rights: ['listen', 'send'],
}

interface Peer {
  readonly claims: Claims
  /** Links that answers go out on, by the address that requests name. */
  readonly replies: Map<string, Sender>
}

/**
 * An Event Hubs namespace over AMQP 1.0: tokens put to `$cbs`, `$management`, receivers with filters, epochs and credit,
 * senders by partition, key or turn. Follows "AMQP 1.0 in Azure Service Bus and Event Hubs protocol guide".
 */
export async function startEventHubs(options: EventHubsOptions): Promise<EventHubsEmulator> {
  const { keys = [ALL_RIGHTS], roles = {}, folder = null } = options
  const book = new CallBook()
  const receivers = new Receivers()
  const hubs = new Map(options.hubs.map((hub) => [hub.name.toLowerCase(), openHub(hub, folder)]))
  const turns = new Map<HubState, number>()
  const peers = new WeakMap<Connection, Peer>()
  const sockets = new Set<Socket>()
  const policy = {
    keys,
    tokenSecret: secretOf(folder),
    rightsOf: (oid: string) => roles[oid] ?? ALL_RIGHTS.rights,
  }

  const peerOf = (connection: Connection): Peer => {
    const known = peers.get(connection)
    if (known) return known
    const peer = { claims: new Claims(policy), replies: new Map<string, Sender>() }
    peers.set(connection, peer)
    return peer
  }

  const hubOf = (name: string): HubState => {
    const hub = hubs.get(name.toLowerCase())
    if (hub) return hub
    throw new AmqpRefusal('amqp:not-found', `The messaging entity 'sb://127.0.0.1/${name}' could not be found.`)
  }

  /** Notes the call; throws what it is to meet, and tells whether the connection breaks once the work is done. */
  const authorize = (right: Right, entity: string, resource: string, connection: Connection): boolean => {
    const fault = book.note(ACTIONS[right], resource)
    if (fault === 'torn') {
      breakOff(socketOf(connection))
      throw new Torn()
    }
    if (fault !== null && fault !== 'torn_after') throw refusalOf(fault, right, entity)
    if (!peerOf(connection).claims.allows(right, entity)) throw refusalOf('denied', right, entity)
    return fault === 'torn_after'
  }

  const openSender = (link: Sender): void => {
    const address = link.source?.address ?? ''
    link.set_source({ ...link.source, address })
    if (address.startsWith('$')) {
      const { replies } = peerOf(link.connection)
      for (const name of [link.target?.address, link.name]) if (name) replies.set(name, link)
      return
    }
    const found = /^([^/]+)\/ConsumerGroups\/([^/]+)\/Partitions\/(.+)$/i.exec(address)
    if (!found) throw new AmqpRefusal('amqp:not-found', `The messaging entity '${address}' could not be found.`)
    const [, hubName = '', group = '', partition = ''] = found
    const hub = hubOf(hubName)
    const breaks = authorize('listen', address, groupResource(hub, group), link.connection)
    if (!hub.groups.some((name) => name.toLowerCase() === group.toLowerCase())) {
      const entity = `sb://127.0.0.1/${hub.name}/consumergroups/${group}`
      throw new AmqpRefusal('amqp:not-found', `The messaging entity '${entity}' could not be found.`)
    }
    const log = partitionOf(hub, partition)
    receivers.attach(link, hub.name, group.toLowerCase(), Number(partition), log)
    if (breaks) setImmediate(() => breakOff(socketOf(link.connection)))
  }

  const openReceiver = (link: Receiver): void => {
    const address = link.target?.address ?? ''
    link.set_target({ ...link.target, address })
    if (address.startsWith('$')) return
    const [hubName = '', , partition] = address.split('/')
    const hub = hubOf(hubName)
    if (!peerOf(link.connection).claims.allows('send', address)) throw refusalOf('denied', 'send', address)
    if (partition !== undefined) partitionOf(hub, partition)
  }

  const request = (address: string, message: Message, connection: Connection): Answer => {
    const properties = (message['application_properties'] ?? {}) as Record<string, unknown>
    if (address === '$cbs') {
      const { claims } = peerOf(connection)
      const why = claims.put(textOf(message['body']), String(properties['type']), String(properties['name']))
      return why === null
        ? { status: 202, description: 'Accepted' }
        : { status: 401, description: why, condition: 'amqp:unauthorized-access' }
    }
    const hub = hubOf(String(properties['name']))
    authorize('listen', hub.name, `eventhubs/${hub.name}`, connection)
    return { status: 200, description: 'OK', body: describe(hub, properties) }
  }

  const store = (link: Receiver, payload: Message | Buffer, format: number | undefined): void => {
    const [hubName = '', , fixed] = (link.target.address ?? '').split('/')
    const hub = hubOf(hubName)
    const { messages, key, bytes } = openTransfer(payload, format)
    const breaks = authorize('send', link.target.address ?? '', `eventhubs/${hub.name}`, link.connection)
    if (bytes > MOST_BYTES) {
      const description = `The received message (size: ${bytes}) exceeds the limit (${MOST_BYTES}) currently allowed on the link.`
      throw new AmqpRefusal('amqp:link:message-size-exceeded', description)
    }
    const turn = turns.get(hub) ?? 0
    if (fixed === undefined && key === undefined) turns.set(hub, turn + 1)
    const index = fixed ?? String((key === undefined ? turn : hashOf(key)) % hub.partitions.length)
    const log = partitionOf(hub, index)
    log.append(messages, key)
    receivers.pump(log)
    if (!breaks) return
    breakOff(socketOf(link.connection))
    throw new Torn()
  }

  const container = rhea.create_container({ id: 'eventhubs' })
  const mechanisms = container.sasl_server_mechanisms as Record<string, unknown> & { enable_anonymous(): void }
  mechanisms.enable_anonymous()
  mechanisms['MSSBCBS'] = () => ({
    start(this: { outcome: boolean; username: string }) {
      this.outcome = true
      this.username = 'cbs'
    },
  })
  // links end with errors here by design, and connections break
  for (const event of ['error', 'connection_error', 'session_error', 'protocol_error']) container.on(event, () => {})
  container.on('connection_open', ({ connection }: EventContext) => {
    connection.on('protocol_error', () => {})
    tolerateLateFrames(connection)
  })
  for (const event of ['connection_close', 'disconnected']) {
    container.on(event, ({ connection }: EventContext) => receivers.forgetConnection(connection))
  }
  container.on('session_close', ({ session }: EventContext) => receivers.forgetSession(session!))
  container.on('sender_open', ({ sender }: EventContext) => {
    guard(sender!, () => openSender(sender!))
  })
  container.on('receiver_open', ({ receiver }: EventContext) => {
    guard(receiver!, () => openReceiver(receiver!))
  })
  container.on('sendable', ({ sender }: EventContext) => receivers.resume(sender!))
  container.on('sender_close', ({ sender }: EventContext) => receivers.forget(sender!))
  container.on('message', (context: EventContext) => {
    const { receiver, message, delivery, connection } = context as EventContext & Required<Incoming>
    const address = receiver.target?.address ?? ''
    try {
      if (!address.startsWith('$')) {
        store(receiver, message, (context as Incoming).format)
        delivery.accept()
        return
      }
      delivery.accept()
      const { replies } = peerOf(connection)
      const to = String(message['reply_to'])
      replies.get(to)?.send(
        toReply(
          message,
          answer(() => request(address, message, connection)),
        ) as Message,
      )
    } catch (error) {
      if (error instanceof AmqpRefusal) delivery.reject(error.toError())
      else if (!(error instanceof Torn)) throw error
    }
  })

  const server: Server = container.listen({
    port: options.port ?? 0,
    host: options.host ?? LOOPBACK,
    max_frame_size: 64 * 1024,
    receiver_options: { autoaccept: false, max_message_size: MOST_BYTES },
    ...(options.tls ? { transport: 'tls', ...options.tls } : {}),
  } as Parameters<typeof container.listen>[0])
  server.on(options.tls ? 'secureConnection' : 'connection', (socket: Socket) => {
    sockets.add(socket)
    socket.on('error', () => {})
    socket.on('close', () => sockets.delete(socket))
  })
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const tear = () => {
    for (const socket of sockets) breakOff(socket)
  }

  return {
    endpoint: `sb://127.0.0.1:${port}`,
    port,
    get calls() {
      return book.calls
    },
    inject: (fault) => book.inject(fault),
    clearFaults: () => book.clearFaults(),
    connectionString(keyName = keys[0]!.name, through = port) {
      const { key } = keys.find(({ name }) => name === keyName)!
      const who = `SharedAccessKeyName=${keyName};SharedAccessKey=${key}`
      return `Endpoint=sb://127.0.0.1:${through};${who};UseDevelopmentEmulator=true`
    },
    token: (oid) => issueJwt(oid, policy.tokenSecret),
    receivers: () => receivers.list(),
    detach: (hub, partition, error) => receivers.detach(partitionOf(hubOf(hub), String(partition)), error),
    expire: (hub, partition, before) => partitionOf(hubOf(hub), String(partition)).expire(before),
    tear,
    async close() {
      const closed = once(server, 'close')
      server.close()
      tear()
      await closed
      for (const { partitions } of hubs.values()) for (const log of partitions) log.close()
    },
  }
}

interface Incoming {
  readonly format?: number
  readonly receiver?: Receiver
  readonly message?: Message
  readonly delivery?: NonNullable<EventContext['delivery']>
}

/** The connection is gone: there is nobody to answer. */
class Torn extends Error {}

function guard(link: Sender | Receiver, open: () => void): void {
  try {
    open()
  } catch (error) {
    if (error instanceof AmqpRefusal) link.close(error.toError())
    else if (!(error instanceof Torn)) throw error
  }
}

function answer(work: () => Answer): Answer {
  try {
    return work()
  } catch (error) {
    if (error instanceof AmqpRefusal) return toRefusal(error)
    throw error
  }
}

function refusalOf(fault: Fault['kind'], right: Right, entity: string): AmqpRefusal {
  const resource = `sb://127.0.0.1/${entity}`
  switch (fault) {
    case 'throttled':
      return new AmqpRefusal(
        'com.microsoft:server-busy',
        'The request was terminated because the namespace is being throttled. Error code: 50009',
      )
    case 'denied': {
      const claim = right === 'listen' ? 'Listen' : 'Send'
      const description = `Unauthorized access. '${claim}' claim(s) are required to perform this operation. Resource: '${resource}'.`
      return new AmqpRefusal('amqp:unauthorized-access', description)
    }
    case 'disabled':
      return new AmqpRefusal('com.microsoft:entity-disabled', `Messaging entity '${resource}' is currently disabled.`)
    case 'destroyed':
      return new AmqpRefusal('amqp:not-found', `The messaging entity '${resource}' could not be found.`)
    default:
      return new AmqpRefusal(
        'amqp:internal-error',
        'The service was unable to process the request; please retry the operation.',
      )
  }
}

function groupResource(hub: HubState, group: string): string {
  return `eventhubs/${hub.name}/consumergroups/${group}`
}

function openHub({ name, partitions, consumerGroups = [], isReplicated }: HubOptions, folder: string | null): HubState {
  const own = folder === null ? null : path.join(folder, name)
  return {
    name,
    createdMs: Date.now(),
    groups: ['$Default', ...consumerGroups],
    partitions: Array.from({ length: partitions }, (_, index) => new PartitionLog(own, String(index), isReplicated)),
  }
}

/** Tokens outlive a restart on the same folder. */
function secretOf(folder: string | null): string {
  if (folder === null) return randomBytes(32).toString('hex')
  const file = path.join(folder, 'token-secret')
  if (existsSync(file)) return readFileSync(file, 'utf8')
  mkdirSync(folder, { recursive: true })
  const secret = randomBytes(32).toString('hex')
  writeFileSync(`${file}.new`, secret)
  renameSync(`${file}.new`, file)
  return secret
}

/** The same key always goes to the same partition (FNV-1a). */
function hashOf(key: string): number {
  let hash = 0x811c9dc5
  for (const byte of Buffer.from(key)) hash = Math.imul(hash ^ byte, 0x01000193) >>> 0
  return hash
}

function textOf(body: unknown): string {
  const content = (body as { readonly content?: unknown } | undefined)?.content ?? body
  return Buffer.isBuffer(content) ? content.toString('utf8') : String(content)
}

/** With an error, or the library would not take notice. */
function breakOff(socket: Socket): void {
  socket.destroy(new Error('the connection is torn'))
}

function socketOf(connection: Connection): Socket {
  return (connection as unknown as { readonly socket: Socket }).socket
}
