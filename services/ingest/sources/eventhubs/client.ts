import type { Socket } from 'node:net'
import type { EventHubConsumerClient } from '@azure/event-hubs'
import { within } from '#runtime/waiting/races.ts'

/** Internals of the SDK's (6.0.4) client that are needed because its public interface lacks them. */
export interface ClientInside {
  readonly _context: {
    /** Replaced by a new connection after it broke. */
    readonly connection: AmqpConnection
    /** Called before each link is opened. */
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

/** Sends a request to the service. Rejects as soon as the connection breaks, which the SDK reports only after its timeout. */
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
    over.abort() // otherwise the SDK would continue waiting
  }
}

const CLOSE_MS = 2000

/**
 * Closes a client. Forces it if the peer no longer responds or a connection was still being opened: the SDK would wait for a
 * minute, and leave the latter open.
 */
export async function closeClient(client: EventHubConsumerClient): Promise<void> {
  const { connection } = insideOf(client)
  await within(
    client.close().catch(() => {}),
    CLOSE_MS,
  )
  const { _connection: { socket } = {} } = connection
  socket?.destroy(new Error('closed')) // with an error, because the library would not notice otherwise
}
