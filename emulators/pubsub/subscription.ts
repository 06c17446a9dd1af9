import { randomBytes } from 'node:crypto'
import { Fifo, hasRoom, KeyQueue, type Lease, type Pending, type Puller } from './backlog.ts'
import { wireMessage, type KeptMessage, type StoredMessage } from './journal.ts'
import type { ReceivedMessage, WireSubscription } from './protocol.ts'

/** A streaming pull that is open. */
export interface StreamPuller extends Puller {
  send(messages: readonly ReceivedMessage[]): void
}

/** What a subscription tells the service that is to be kept. */
export interface SubscriptionEvents {
  acknowledged(ids: readonly string[]): void
  attempted(ids: readonly string[]): void
  deadLetter(message: StoredMessage, attempts: number): void
}

// Ack ids of an earlier life of the emulator must not be taken for those of this one.
const LIFE = randomBytes(6).toString('hex')
const TURN_MESSAGES = 200
const TURN_BYTES = 1024 * 1024
const DEFAULT_DEADLINE = 10

/** The messages of one subscription: who has which, until when, and which are due. */
export class SubscriptionState {
  config: WireSubscription
  readonly #events: SubscriptionEvents
  readonly #pullers = new Set<StreamPuller>()
  readonly #unacknowledged = new Map<string, Pending>()
  readonly #leases = new Map<string, Lease>()
  readonly #unordered = new Fifo()
  readonly #keys = new Map<string, KeyQueue>()
  readonly #dueKeys = new Set<KeyQueue>()
  #deliveries = 0

  readonly #isOneByOne: boolean

  constructor(config: WireSubscription, events: SubscriptionEvents, isOneByOne: boolean) {
    this.config = config
    this.#isOneByOne = isOneByOne
    this.#events = events
  }

  /** How many messages wait to be acknowledged. */
  get size(): number {
    return this.#unacknowledged.size
  }

  get outstanding(): number {
    return this.#leases.size
  }

  /** In the order in which they were published. */
  get kept(): KeptMessage[] {
    const pending = [...this.#unacknowledged.values()].sort((a, b) => Number(a.message.id) - Number(b.message.id))
    return pending.map(({ message, attempts }) => ({ ...message, attempts }))
  }

  add(message: StoredMessage, attempts = 0): void {
    const isOrdered = this.config.enableMessageOrdering === true && message.orderingKey !== ''
    const key = isOrdered ? this.#key(message.orderingKey) : null
    const pending: Pending = { message, key, isGhost: false, attempts, lease: null, isAcknowledged: false }
    this.#unacknowledged.set(message.id, pending)
    ;(key ?? this.#unordered).push(pending)
  }

  /** What was acknowledged in an earlier life. */
  forget(ids: readonly string[]): void {
    for (const id of ids) {
      const pending = this.#unacknowledged.get(id)
      if (!pending) continue
      pending.isAcknowledged = true
      this.#unacknowledged.delete(id)
    }
  }

  /** What was delivered in an earlier life. */
  countAttempts(ids: readonly string[]): void {
    for (const id of ids) {
      const pending = this.#unacknowledged.get(id)
      if (pending) pending.attempts++
    }
  }

  open(puller: StreamPuller): void {
    this.#pullers.add(puller)
  }

  /** What the puller holds stays leased until its deadlines pass. */
  close(puller: StreamPuller): void {
    this.#pullers.delete(puller)
  }

  /** Delivers to every puller what it has room for, in turns. */
  pump(): void {
    for (let isMoving = true; isMoving;) {
      isMoving = false
      for (const puller of this.#pullers) {
        const messages = this.#turn(puller)
        if (messages.length === 0) continue
        isMoving = true
        puller.send(messages)
      }
    }
  }

  /** A unary pull. */
  pull(maxMessages: number): ReceivedMessage[] {
    const received: ReceivedMessage[] = []
    for (const pending of this.#due(null)) {
      received.push(this.#deliver(pending, null))
      if (received.length === maxMessages) break
    }
    this.#noteAttempts(received)
    return received
  }

  /** Acknowledges; the ids that are not valid any more, where that matters (exactly-once delivery). */
  acknowledge(ackIds: readonly string[]): string[] {
    const [invalid, done]: [string[], string[]] = [[], []]
    for (const ackId of ackIds) {
      const pending = this.#leases.get(ackId)?.pending ?? this.#stale(ackId)
      if (!pending) {
        if (this.config.enableExactlyOnceDelivery) invalid.push(ackId)
        continue
      }
      pending.isAcknowledged = true
      if (pending.lease) this.#endLease(pending.lease)
      if (!pending.isGhost && this.#unacknowledged.delete(pending.message.id)) done.push(pending.message.id)
    }
    if (done.length > 0) this.#events.acknowledged(done)
    return invalid
  }

  /**
   * Moves deadlines; 0 seconds hands the message back. The ids that are not valid any more, as for `acknowledge`. Without
   * exactly-once delivery, a deadline that comes after the message was handed back takes it again, until it is delivered anew.
   */
  modify(ackIds: readonly string[], seconds: (index: number) => number): string[] {
    // handing back one of an ordering key ends the leases of those behind it: what counts is how they stood before
    const leases = ackIds.map((ackId) => this.#leases.get(ackId))
    for (const [index, lease] of leases.entries()) {
      if (!lease && seconds(index) > 0) this.#takeAgain(ackIds[index]!, seconds(index))
      if (!lease || !this.#leases.has(lease.ackId)) continue
      if (seconds(index) === 0) this.#giveBack(lease.pending)
      else lease.dueMs = Date.now() + seconds(index) * 1000
    }
    return this.config.enableExactlyOnceDelivery ? ackIds.filter((_, index) => !leases[index]) : []
  }

  /** Takes back what is leased for longer than its deadline. */
  expire(nowMs: number): void {
    const late = [...this.#leases.values()].filter(({ dueMs }) => dueMs <= nowMs)
    for (const { ackId, pending } of late) if (this.#leases.has(ackId)) this.#giveBack(pending)
  }

  /** Delivers what is outstanding once more, as at-least-once delivery may at any time; how many. */
  duplicate(): number {
    const leased = [...this.#leases.values()]
    for (const { pending } of leased) {
      this.#unordered.push({ ...pending, key: null, isGhost: true, lease: null, isAcknowledged: false })
    }
    return leased.length
  }

  #key(name: string): KeyQueue {
    let queue = this.#keys.get(name)
    if (!queue) this.#keys.set(name, (queue = new KeyQueue(name, this.#isOneByOne)))
    this.#dueKeys.add(queue)
    return queue
  }

  #turn(puller: StreamPuller): ReceivedMessage[] {
    const received: ReceivedMessage[] = []
    let bytes = 0
    for (const pending of this.#due(puller)) {
      const size = pending.message.data.length
      if (!hasRoom(puller, size) || (received.length > 0 && bytes + size > TURN_BYTES)) break
      received.push(this.#deliver(pending, puller))
      bytes += size
      if (received.length === TURN_MESSAGES) break
    }
    this.#noteAttempts(received)
    return received
  }

  /** What is to be delivered to a puller next; whoever takes one has it delivered before asking for another. */
  *#due(puller: StreamPuller | null): Generator<Pending> {
    const isOpen = (other: Puller) => this.#pullers.has(other as StreamPuller)
    // no more keys than this puller's share are taken over in one turn, so that all have some
    let share = Math.ceil(this.#dueKeys.size / Math.max(1, this.#pullers.size))
    for (const queue of this.#dueKeys) {
      for (let due; (due = queue.peek(puller, isOpen));) {
        if (due.isNew && share-- === 0) return
        yield due.pending
      }
      if (!queue.hasDue) this.#dueKeys.delete(queue)
      if (queue.isEmpty) this.#keys.delete(queue.name)
    }
    for (let pending; (pending = this.#unordered.peek());) yield pending
  }

  #deliver(pending: Pending, puller: StreamPuller | null): ReceivedMessage {
    if (pending.key) pending.key.deliver(puller)
    else this.#unordered.shift()
    pending.attempts++
    const seconds = puller?.deadlineSeconds || this.config.ackDeadlineSeconds || DEFAULT_DEADLINE
    const ackId = `${pending.message.id}:${LIFE}:${++this.#deliveries}`
    pending.lease = { ackId, pending, puller, dueMs: Date.now() + seconds * 1000 }
    this.#leases.set(ackId, pending.lease)
    if (puller) {
      puller.messages++
      puller.bytes += pending.message.data.length
    }
    const deliveryAttempt = this.config.deadLetterPolicy ? pending.attempts : 0
    return { ackId, message: wireMessage(pending.message), deliveryAttempt }
  }

  #noteAttempts(received: readonly ReceivedMessage[]): void {
    if (!this.config.deadLetterPolicy || received.length === 0) return
    this.#events.attempted(received.map(({ message }) => message.messageId ?? ''))
  }

  /** Without exactly-once delivery, a late acknowledgement may still count; with an order it does not. */
  #stale(ackId: string): Pending | undefined {
    if (this.config.enableExactlyOnceDelivery) return undefined
    const pending = this.#unacknowledged.get(ackId.slice(0, ackId.indexOf(':')))
    return pending?.key ? undefined : pending
  }

  #takeAgain(ackId: string, seconds: number): void {
    const pending = this.#stale(ackId)
    if (!pending || pending.lease) return
    pending.lease = { ackId, pending, puller: null, dueMs: Date.now() + seconds * 1000 }
    this.#leases.set(ackId, pending.lease)
  }

  #endLease(lease: Lease): void {
    this.#leases.delete(lease.ackId)
    lease.pending.lease = null
    if (lease.puller) {
      lease.puller.messages--
      lease.puller.bytes -= lease.pending.message.data.length
    }
    lease.pending.key?.settle()
  }

  #giveBack(pending: Pending): void {
    if (pending.lease) this.#endLease(pending.lease)
    const { key } = pending
    const policy = this.config.deadLetterPolicy
    const isDead = policy && !pending.isGhost && pending.attempts >= (policy.maxDeliveryAttempts || 5)
    if (key) this.#dueKeys.add(key)
    for (const later of key?.rewind(pending) ?? []) {
      if (later.lease) this.#endLease(later.lease)
      if (this.config.enableExactlyOnceDelivery || !later.isAcknowledged) continue
      later.isAcknowledged = false
      this.#unacknowledged.set(later.message.id, later)
    }
    if (isDead) {
      key?.drop(pending)
      this.#unacknowledged.delete(pending.message.id)
      this.#events.deadLetter(pending.message, pending.attempts)
    } else if (!key) this.#unordered.push(pending)
  }
}
