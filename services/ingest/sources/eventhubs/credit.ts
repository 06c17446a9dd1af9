import type { EventHubConsumerClient } from '@azure/event-hubs'
import { insideOf } from './client.ts'

/** The most that may be in transit to a reader that has not asked for it yet. */
export interface Ahead {
  readonly events: number
  readonly bytes: number
}

/** Estimates the size of events, and limits how many may be fetched ahead. */
export class AheadLimit {
  readonly events: number
  readonly #bytes: number
  /** The size of an event: at first the largest that the service allows. */
  #size = 1024 * 1024

  constructor({ events, bytes }: Ahead) {
    this.events = events
    this.#bytes = bytes
  }

  /** Takes the sizes of received events. The largest one counts, and is forgotten gradually. */
  note(sizes: readonly number[]): void {
    this.#size = Math.max(1, ...sizes, sizes.length === 0 ? this.#size : this.#size * 0.8)
  }

  now(): number {
    return Math.min(this.events, Math.max(1, Math.floor(this.#bytes / this.#size)))
  }
}

/**
 * Keeps the credit of a client's receivers within the limit. The SDK (6.0.4) adds credit on every turn without checking what is
 * unused, so that after an hour of silence the service could send a million events into memory at once (Azure/azure-sdk-for-js,
 * issue 39452). The SDK requests `events` minus what waits in its queue; this tops the credit up to that number.
 */
export function boundCredit(client: EventHubConsumerClient, limit: AheadLimit): void {
  const context = insideOf(client)
  const bounded = new WeakSet<object>()
  const ready = context.readyToOpenLink.bind(context)
  // by then a connection that broke has been replaced
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
