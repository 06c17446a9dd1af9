import { status } from '@grpc/grpc-js'
import { CallBook } from '../emulator.ts'
import { Journal, type Entry, type StoredMessage } from './journal.ts'
import { RpcError, type WireMessage, type WireSubscription, type WireTopic } from './protocol.ts'
import { SubscriptionState, type SubscriptionEvents } from './subscription.ts'

export const DELETED_TOPIC = '_deleted-topic_'

const FIRST_ID = 9_000_000_000_000_000 - 1_000_000_000_000 // long numbers, as the service has them
const MiB = 1024 * 1024

/** Topics and subscriptions, kept in a folder where there is one. */
export class PubSubState {
  readonly book = new CallBook()
  /** Permissions that nobody has. */
  readonly denied = new Set<string>()
  readonly #topics = new Map<string, WireTopic>()
  readonly #subscriptions = new Map<string, SubscriptionState>()
  readonly #journal: Journal | null = null
  #lastId = FIRST_ID

  readonly #isOneByOne: boolean

  constructor(folder: string | undefined, isOneByOne: boolean) {
    this.#isOneByOne = isOneByOne
    if (folder === undefined) return
    const { journal, entries } = Journal.open(folder)
    for (const entry of entries) this.#replay(entry)
    this.#journal = journal
    journal.compact(this.#snapshot())
  }

  get topics(): readonly WireTopic[] {
    return [...this.#topics.values()]
  }

  get subscriptions(): readonly SubscriptionState[] {
    return [...this.#subscriptions.values()]
  }

  topic(name: string): WireTopic {
    const topic = this.#topics.get(name)
    if (!topic) throw new RpcError(status.NOT_FOUND, `Resource not found (resource=${shortName(name)}).`)
    return topic
  }

  subscription(name: string): SubscriptionState {
    const found = this.#subscriptions.get(name)
    if (!found) throw new RpcError(status.NOT_FOUND, `Resource not found (resource=${shortName(name)}).`)
    return found
  }

  has(resource: string): boolean {
    return this.#topics.has(resource) || this.#subscriptions.has(resource)
  }

  createTopic(topic: WireTopic): WireTopic {
    if (this.#topics.has(topic.name)) throw alreadyExists(topic.name)
    this.#change({ kind: 'topic', topic })
    return topic
  }

  /** Its subscriptions stay, and get nothing more. */
  deleteTopic(name: string): void {
    this.topic(name)
    this.#change({ kind: 'topic-gone', name })
    for (const { config } of this.#subscriptions.values()) {
      if (config.topic === name) this.#change({ kind: 'subscription', config: { ...config, topic: DELETED_TOPIC } })
    }
  }

  createSubscription(wanted: WireSubscription): WireSubscription {
    if (this.#subscriptions.has(wanted.name)) throw alreadyExists(wanted.name)
    this.topic(wanted.topic)
    const config = this.#checked({
      ...wanted,
      ackDeadlineSeconds: wanted.ackDeadlineSeconds || 10,
      messageRetentionDuration: wanted['messageRetentionDuration'] ?? { seconds: String(7 * 86_400), nanos: 0 },
      expirationPolicy: wanted['expirationPolicy'] ?? { ttl: { seconds: String(31 * 86_400), nanos: 0 } },
      state: 'ACTIVE',
    })
    this.#change({ kind: 'subscription', config })
    return config
  }

  updateSubscription(changes: WireSubscription, fields: readonly string[]): WireSubscription {
    const { config } = this.subscription(changes.name)
    const changed = Object.fromEntries(fields.map((field) => [field, changes[field]]))
    const updated = this.#checked({ ...config, ...changed })
    this.#change({ kind: 'subscription', config: updated })
    return updated
  }

  deleteSubscription(name: string): void {
    this.subscription(name)
    this.#change({ kind: 'subscription-gone', name })
  }

  /** Ids of the messages, which are then kept for every subscription of the topic. */
  publish(topic: string, messages: readonly WireMessage[]): string[] {
    this.topic(topic)
    for (const message of messages) checkMessage(message)
    const publishedMs = Date.now()
    const stored = messages.map(({ data, attributes, orderingKey = '' }): StoredMessage => {
      return { id: String(++this.#lastId), data, attributes, orderingKey, publishedMs }
    })
    this.#change({ kind: 'published', topic, messages: stored })
    for (const subscription of this.#of(topic)) subscription.pump()
    return stored.map(({ id }) => id)
  }

  expire(nowMs: number): void {
    for (const subscription of this.#subscriptions.values()) {
      subscription.expire(nowMs)
      subscription.pump()
    }
  }

  duplicate(name: string): void {
    const subscription = this.subscription(name)
    subscription.duplicate()
    subscription.pump()
  }

  close(): void {
    this.#journal?.close()
  }

  #of(topic: string): SubscriptionState[] {
    return [...this.#subscriptions.values()].filter(({ config }) => config.topic === topic)
  }

  #checked(config: WireSubscription): WireSubscription {
    const { ackDeadlineSeconds = 10, deadLetterPolicy } = config
    if (ackDeadlineSeconds < 10 || ackDeadlineSeconds > 600) {
      throw new RpcError(status.INVALID_ARGUMENT, 'Invalid ack deadline given: it must be between 10 and 600 seconds.')
    }
    if (!deadLetterPolicy) return config
    const maxDeliveryAttempts = deadLetterPolicy.maxDeliveryAttempts || 5
    if (maxDeliveryAttempts < 5 || maxDeliveryAttempts > 100) {
      throw new RpcError(status.INVALID_ARGUMENT, 'max_delivery_attempts must be between 5 and 100.')
    }
    this.topic(deadLetterPolicy.deadLetterTopic)
    return { ...config, deadLetterPolicy: { ...deadLetterPolicy, maxDeliveryAttempts } }
  }

  #change(entry: Entry): void {
    this.#journal?.append(entry)
    this.#apply(entry)
    if (this.#journal?.isLong) this.#journal.compact(this.#snapshot())
  }

  #apply(entry: Entry): void {
    if (entry.kind === 'topic') this.#topics.set(entry.topic.name, entry.topic)
    else if (entry.kind === 'topic-gone') this.#topics.delete(entry.name)
    else if (entry.kind === 'subscription') this.#configure(entry.config)
    else if (entry.kind === 'subscription-gone') this.#subscriptions.delete(entry.name)
    else if (entry.kind === 'published') {
      for (const subscription of this.#of(entry.topic)) {
        for (const message of entry.messages) subscription.add(message)
      }
    }
  }

  #configure(config: WireSubscription): void {
    const known = this.#subscriptions.get(config.name)
    if (known) {
      known.config = config
      return
    }
    const { name } = config
    const keep = (entry: Entry) => this.#journal?.append(entry)
    const events: SubscriptionEvents = {
      acknowledged: (ids) => keep({ kind: 'acknowledged', subscription: name, ids }),
      attempted: (ids) => keep({ kind: 'attempted', subscription: name, ids }),
      deadLetter: (message, attempts) => this.#deadLetter(fresh.config, message, attempts),
    }
    const fresh = new SubscriptionState(config, events, this.#isOneByOne)
    this.#subscriptions.set(name, fresh)
  }

  #deadLetter(config: WireSubscription, message: StoredMessage, attempts: number): void {
    const topic = config.deadLetterPolicy?.deadLetterTopic ?? ''
    const [, project = ''] = config.name.split('/')
    const attributes = {
      ...message.attributes,
      CloudPubSubDeadLetterSourceDeliveryCount: String(attempts),
      CloudPubSubDeadLetterSourceSubscription: shortName(config.name),
      CloudPubSubDeadLetterSourceSubscriptionProject: project,
      CloudPubSubDeadLetterSourceTopicPublishTime: new Date(message.publishedMs).toISOString(),
    }
    const { data, orderingKey } = message
    if (this.#topics.has(topic)) this.publish(topic, [{ data, attributes, orderingKey }])
    this.#journal?.append({ kind: 'acknowledged', subscription: config.name, ids: [message.id] })
  }

  #replay(entry: Entry): void {
    if (entry.kind === 'published' || entry.kind === 'kept') {
      for (const { id } of entry.messages) this.#lastId = Math.max(this.#lastId, Number(id))
    }
    const subscription = 'subscription' in entry ? this.#subscriptions.get(entry.subscription) : undefined
    if (entry.kind === 'acknowledged') subscription?.forget(entry.ids)
    else if (entry.kind === 'attempted') subscription?.countAttempts(entry.ids)
    else if (entry.kind === 'kept') for (const kept of entry.messages) subscription?.add(kept, kept.attempts)
    else this.#apply(entry)
  }

  *#snapshot(): Generator<Entry> {
    for (const topic of this.#topics.values()) yield { kind: 'topic', topic }
    for (const subscription of this.#subscriptions.values()) {
      yield { kind: 'subscription', config: subscription.config }
      for (const message of subscription.kept) {
        yield { kind: 'kept', subscription: subscription.config.name, messages: [message] }
      }
    }
  }
}

export function shortName(name: string): string {
  return name.slice(name.lastIndexOf('/') + 1)
}

function alreadyExists(name: string): RpcError {
  return new RpcError(status.ALREADY_EXISTS, `Resource already exists in the project (resource=${shortName(name)}).`)
}

/** https://cloud.google.com/pubsub/quotas#resource_limits */
function checkMessage({ data, attributes, orderingKey = '' }: WireMessage): void {
  const entries = Object.entries(attributes)
  const fault =
    data.length === 0 && entries.length === 0 && orderingKey === ''
      ? 'The value for message_data is too small. You passed 0 in the request, but the minimum value is 1.'
      : data.length > 10 * MiB
        ? `The value for message_data is too large. You passed ${data.length} in the request, but the maximum value is ${10 * MiB}.`
        : entries.length > 100 || entries.some(([key, value]) => key.length > 256 || value.length > 1024)
          ? 'The attributes of a message are too many or too long.'
          : Buffer.byteLength(orderingKey) > 1024
            ? 'The ordering key is too long: it may have 1024 bytes.'
            : null
  if (fault !== null) throw new RpcError(status.INVALID_ARGUMENT, fault)
}
