import type { Socket } from 'node:net'
import type { EventHubConsumerClient } from '@azure/event-hubs'
import { within } from '#runtime/waiting/races.ts'

/** What the SDK (6.0.4) has inside a client, as far as it is needed where its surface falls short. */
export interface ClientInside {
  readonly _context: {
    /** Replaced by another one when it broke. */
    readonly connection: AmqpConnection
    /** Asked before each link is opened. */
    readyToOpenLink(options?: unknown): Promise<void>
  }
}

interface AmqpConnection {
  createReceiver(options: unknown): Promise<ReceiverLink>
  once(event: 'disconnected', listener: (context: { readonly error?: unknown }) => void): void
  removeListener(event: 'disconnected', listener: (context: { readonly error?: unknown }) => void): void
  readonly _connection?: { readonly socket?: Socket }
}

export interface ReceiverLink {
  readonly credit: number
  addCredit(events: number): void
}

export function insideOf(client: EventHubConsumerClient): ClientInside['_context'] {
  const { _context: context } = client as unknown as ClientInside
  return context
}

export interface AskOptions {
  readonly abortSignal: AbortSignal
}

/** Asks something of the service; rejects as soon as the connection breaks, of which the SDK tells after its timeout only. */
export async function ask<T>(
  client: EventHubConsumerClient,
  question: (client: EventHubConsumerClient, options: AskOptions) => Promise<T>,
): Promise<T> {
  const { connection } = insideOf(client)
  const { promise, reject } = Promise.withResolvers<never>()
  const breaks = ({ error }: { readonly error?: unknown }) => reject(error ?? new Error('the connection broke'))
  connection.once('disconnected', breaks)
  const over = new AbortController()
  const answer = question(client, { abortSignal: over.signal })
  try {
    return await Promise.race([answer, promise])
  } finally {
    connection.removeListener('disconnected', breaks)
    answer.catch(() => {})
    over.abort() // or the SDK would go on waiting
  }
}

const CLOSE_MS = 2000

/**
 * Closes a client, by force where the peer takes part no more, or where a connection was still being opened: the SDK would wait
 * for a minute, and leave the other open.
 */
export async function closeClient(client: EventHubConsumerClient): Promise<void> {
  const { connection } = insideOf(client)
  await within(
    client.close().catch(() => {}),
    CLOSE_MS,
  )
  const { _connection: { socket } = {} } = connection
  socket?.destroy(new Error('closed')) // with an error, or the library would not take notice
}
