import type { Events } from '#runtime/process/events.ts'
import { permits, type Permission } from '#console/api/roles.ts'
import type { Who } from './access/who.ts'

/** One thing that happened: names made here, ids and counts; never a payload. */
export interface LiveEvent {
  readonly name: string
  readonly data: object
  readonly permission: Permission
  /** Whoever may not see it is not told. */
  readonly dataset?: string | undefined
}

export interface Live extends Disposable {
  publish(event: LiveEvent): void
  /** A stream of server-sent events (HTML standard, 9.2) for somebody, until they leave or `signal`. */
  follow(who: Who, signal: AbortSignal): Response
}

const BEAT_MS = 15_000
/** Events that wait for one who does not read: after that, they are told to come again and fetch. */
const BEHIND = 500

/** What the pages are told of as it happens: the system's events that name a dataset, and what the console adds. */
export function createLive(events: Events): Live {
  const listeners = new Set<(event: LiveEvent) => void>()
  const publish = (event: LiveEvent) => {
    for (const listener of listeners) listener(event)
  }
  const quiet = events.onAny((event) => {
    const { name, ...data } = event
    if (name === 'item.read' || !('dataset' in data)) return
    publish({ name, data, permission: 'view', dataset: data.dataset })
  })
  return {
    publish,
    follow(who, signal) {
      const encoder = new TextEncoder()
      let end = () => {}
      const body = new ReadableStream<Uint8Array>(
        {
          start(controller) {
            const write = (text: string) => {
              if ((controller.desiredSize ?? 0) < -BEHIND) return end()
              controller.enqueue(encoder.encode(text))
            }
            const listener = ({ name, data, permission, dataset }: LiveEvent) => {
              if (permits(who.grants, permission, dataset)) write(`event: ${name}\ndata: ${JSON.stringify(data)}\n\n`)
            }
            const beat = setInterval(() => write(': still here\n\n'), BEAT_MS)
            end = () => {
              end = () => {}
              clearInterval(beat)
              clearTimeout(over)
              listeners.delete(listener)
              signal.removeEventListener('abort', end)
              controller.close()
            }
            // a session that ended is not told more
            const over = setTimeout(() => end(), Math.min(3_600_000, Math.max(0, who.expiresAt.getTime() - Date.now())))
            signal.addEventListener('abort', () => end(), { once: true })
            listeners.add(listener)
            write('retry: 2000\n\n')
          },
          cancel() {
            try {
              end()
            } catch {
              // the stream is closed already
            }
          },
        },
        new CountQueuingStrategy({ highWaterMark: 1 }),
      )
      return new Response(body, {
        headers: { 'content-type': 'text/event-stream', 'cache-control': 'no-store', 'x-accel-buffering': 'no' },
      })
    },
    [Symbol.dispose]: quiet,
  }
}
