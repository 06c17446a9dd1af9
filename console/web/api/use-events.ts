import { useEffect, useRef } from 'react'

const NAMES = [
  'window.staged',
  'window.scanned',
  'window.committed',
  'review.added',
  'review.applied',
  'review.held',
  'record.assigned',
  'bulk.progress',
  'key.work',
  'redrive.progress',
] as const
export type EventName = (typeof NAMES)[number]
export type EventData = Readonly<Record<string, unknown>>
type Heard = (name: EventName, data: EventData) => void

/** Everybody on the page who listens. One stream serves them all: a browser keeps six connections to a server, for all of its tabs. */
const listeners = new Set<Heard>()
let source: EventSource | null = null

function listen(heard: Heard): () => void {
  listeners.add(heard)
  if (source === null) {
    source = new EventSource('/v1/events')
    for (const name of NAMES)
      source.addEventListener(name, (event) => {
        const data = JSON.parse(String(event.data)) as EventData
        for (const heard of listeners) heard(name, data)
      })
  }
  return () => {
    listeners.delete(heard)
    if (listeners.size > 0) return
    source?.close()
    source = null
  }
}

/** Calls `heard` for each of the server's events, for as long as the page is there; the browser connects again by itself. */
export function useEvents(heard: Heard): void {
  const latest = useRef(heard)
  useEffect(() => {
    latest.current = heard
  })
  useEffect(() => listen((name, data) => latest.current(name, data)), [])
}
