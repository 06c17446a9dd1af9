import { useEffect, useRef } from 'react'

const NAMES = [
  'window.staged',
  'window.scanned',
  'window.committed',
  'review.added',
  'review.applied',
  'review.held',
  'record.assigned',
] as const
export type EventName = (typeof NAMES)[number]
export type EventData = Readonly<Record<string, unknown>>

/** Calls `heard` for each of the server's events, for as long as the page is there; the browser connects again by itself. */
export function useEvents(heard: (name: EventName, data: EventData) => void): void {
  const latest = useRef(heard)
  useEffect(() => {
    latest.current = heard
  })
  useEffect(() => {
    const source = new EventSource('/v1/events')
    for (const name of NAMES)
      source.addEventListener(name, (event) => latest.current(name, JSON.parse(String(event.data)) as EventData))
    return () => source.close()
  }, [])
}
