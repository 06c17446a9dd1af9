import type { StoredMessage } from './journal.ts'

/** A message that a subscription has yet to see acknowledged. */
export interface Pending {
  readonly message: StoredMessage
  /** Where it stands among those of its ordering key, if their order is kept. */
  readonly key: KeyQueue | null
  /** Only a second delivery of a message: nothing depends on its acknowledgement. */
  readonly isGhost: boolean
  attempts: number
  lease: Lease | null
  isAcknowledged: boolean
}

/** One delivery of a message. */
export interface Lease {
  readonly ackId: string
  readonly pending: Pending
  readonly puller: Puller | null
  dueMs: number
}

/** Who is sent messages: a streaming pull, within its limits. */
export interface Puller {
  deadlineSeconds: number
  readonly maxMessages: number
  readonly maxBytes: number
  /** What it holds: delivered, and neither acknowledged nor expired. */
  messages: number
  bytes: number
  /** Whether its connection takes more. */
  readonly isFlowing: boolean
}

export function hasRoom(puller: Puller, bytes: number): boolean {
  if (!puller.isFlowing || puller.messages >= puller.maxMessages) return false
  return puller.bytes === 0 || puller.bytes + bytes <= puller.maxBytes
}

/** Messages without an order: first in, first out. */
export class Fifo {
  #items: Pending[] = []
  #head = 0

  push(pending: Pending): void {
    this.#items.push(pending)
  }

  /** The first that is still to be delivered. */
  peek(): Pending | undefined {
    // one that is leased has been taken again since, and comes back with the end of its lease
    for (let next; (next = this.#items[this.#head]) && (next.isAcknowledged || next.lease);) this.#head++
    if (this.#head > 10_000 && this.#head * 2 > this.#items.length) {
      this.#items = this.#items.slice(this.#head)
      this.#head = 0
    }
    return this.#items[this.#head]
  }

  shift(): void {
    this.#head++
  }
}

/**
 * Messages of one ordering key, in the order in which they were published. They go out in this order, to one puller while
 * any are outstanding; when one comes back, all after it are delivered again too, acknowledged or not.
 */
export class KeyQueue {
  readonly name: string
  readonly #isOneByOne: boolean
  readonly #items: Pending[] = []
  #next = 0
  #outstanding = 0
  #puller: Puller | null = null

  /** One by one, the next goes out only once the one before is acknowledged. */
  constructor(name: string, isOneByOne: boolean) {
    this.name = name
    this.#isOneByOne = isOneByOne
  }

  push(pending: Pending): void {
    this.#items.push(pending)
  }

  get isEmpty(): boolean {
    return this.#items.length === 0
  }

  get hasDue(): boolean {
    return this.#next < this.#items.length
  }

  /** The next to deliver, if this puller is to have it; `isNew` where it would take the key over. */
  peek(puller: Puller | null, isOpen: (puller: Puller) => boolean): { pending: Pending; isNew: boolean } | undefined {
    while (this.#items[this.#next]?.isAcknowledged) this.#next++
    const pending = this.#items[this.#next]
    if (!pending || (this.#isOneByOne && this.#outstanding > 0)) return undefined
    const last = this.#puller
    const isKept = last !== puller && last !== null && (this.#outstanding > 0 || (isOpen(last) && hasRoom(last, 0)))
    return isKept ? undefined : { pending, isNew: last !== puller }
  }

  /** The one that `peek` showed is delivered. */
  deliver(puller: Puller | null): void {
    this.#next++
    this.#outstanding++
    this.#puller = puller
  }

  /** One that was delivered is acknowledged, or its lease has gone. */
  settle(): void {
    this.#outstanding--
    while (this.#items[0]?.isAcknowledged) {
      this.#items.shift()
      this.#next--
    }
    this.#next = Math.max(0, this.#next)
  }

  /** What was delivered after this message; from here on it is all delivered again. */
  rewind(pending: Pending): readonly Pending[] {
    const place = this.#items.indexOf(pending)
    if (place < 0) return []
    const after = this.#items.slice(place + 1, Math.max(place + 1, this.#next))
    this.#next = Math.min(this.#next, place)
    return after
  }

  drop(pending: Pending): void {
    const place = this.#items.indexOf(pending)
    if (place < 0) return
    this.#items.splice(place, 1)
    if (place < this.#next) this.#next--
  }
}
