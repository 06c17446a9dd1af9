import type { EventHubConsumerClient } from '@azure/event-hubs'
import { insideOf } from './client.ts'

/** How much may be on its way to a reader that has not asked for it yet. */
export interface Ahead {
  readonly events: number
  readonly bytes: number
}

/** Learns how large events are, and says how many of them may be ahead. */
export class AheadLimit {
  readonly events: number
  readonly #bytes: number
  /** The largest that the service carries, until there is something to go by. */
  #size = 1024 * 1024

  constructor({ events, bytes }: Ahead) {
    this.events = events
    this.#bytes = bytes
  }

  /** Sizes of events that came: the largest counts, and is forgotten little by little. */
  note(sizes: readonly number[]): void {
    this.#size = Math.max(1, ...sizes, sizes.length === 0 ? this.#size : this.#size * 0.8)
  }

  now(): number {
    return Math.min(this.events, Math.max(1, Math.floor(this.#bytes / this.#size)))
  }
}

/**
 * Keeps the credit of a client's receivers within the limit. The SDK (6.0.4) adds credit on every turn without looking at what
 * is still unused, so that an hour of silence lets the service send a million events at once into memory
 * (Azure/azure-sdk-for-js, issue 39452). What it asks for is `events` less what waits in its queue: this tops up to that.
 */
export function boundCredit(client: EventHubConsumerClient, limit: AheadLimit): void {
  const context = insideOf(client)
  const bounded = new WeakSet<object>()
  const ready = context.readyToOpenLink.bind(context)
  // a connection that broke has been replaced by then
  context.readyToOpenLink = async (options) => {
    await ready(options)
    const { connection } = context
    if (bounded.has(connection)) return
    bounded.add(connection)
    const create = connection.createReceiver.bind(connection)
    connection.createReceiver = async (options) => {
      const link = await create(options)
      const add = link.addCredit.bind(link)
      link.addCredit = (wanted) => {
        const waiting = limit.events - wanted
        const room = limit.now() - waiting - link.credit
        if (room > 0) add(room)
      }
      return link
    }
  }
}
