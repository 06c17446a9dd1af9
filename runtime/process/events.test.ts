import { describe, expect, test } from 'vitest'
import { createEvents, LEVELS, type AppEvent } from './events.ts'
import { logEvents } from './log.ts'

const exhausted = { dataset: 'digits', source: 'folder', records: 3 }

describe('events', () => {
  test('reach listeners of their name, and those of every name, in order', () => {
    const events = createEvents()
    const heard: string[] = []
    events.on('source.exhausted', ({ records }) => heard.push(`records ${records}`))
    events.onAny(({ name }) => heard.push(name))
    events.emit('source.exhausted', exhausted)
    events.emit('sweeper.requeued', { windows: 1, reviews: 0 })
    expect(heard).toEqual(['records 3', 'source.exhausted', 'sweeper.requeued'])
  })

  test('are no longer heard after the listener is ended', () => {
    const events = createEvents()
    const heard: AppEvent[] = []
    const listener = (event: AppEvent) => void heard.push(event)
    const end = events.onAny(listener)
    events.onAny(listener)
    end()
    end()
    events.emit('source.exhausted', exhausted)
    expect(heard).toHaveLength(1)
  })

  test('survive a listener that throws', () => {
    const events = createEvents()
    let heard = 0
    events.onAny(() => {
      throw new Error('a broken log')
    })
    events.onAny(() => heard++)
    events.emit('source.exhausted', exhausted)
    expect(heard).toBe(1)
  })
})

describe('the log', () => {
  const logged = (
    options: Parameters<typeof logEvents>[1],
    emit: (events: ReturnType<typeof createEvents>) => void,
  ) => {
    const lines: string[] = []
    const events = createEvents()
    const clock = () => new Date('2026-01-01T00:00:00Z')
    logEvents(events, { write: (line) => lines.push(line), clock, ...options })
    emit(events)
    return lines
  }

  test('is quiet in normal operation', () => {
    const lines = logged({}, (events) => {
      events.emit('source.exhausted', exhausted)
      events.emit('lease.lost', { source: 'folder', shard: 'all', fence: 3 })
    })
    expect(lines).toEqual(['warn  lease.lost  source=folder  shard=all  fence=3\n'])
    expect(Object.values(LEVELS).filter((level) => level === 'info').length).toBeGreaterThan(5)
  })

  test('writes JSON lines with the names of the Elastic Common Schema', () => {
    const [line] = logged({ level: 'info', format: 'json' }, (events) => events.emit('source.exhausted', exhausted))
    expect(JSON.parse(line ?? '')).toEqual({
      '@timestamp': '2026-01-01T00:00:00.000Z',
      'log.level': 'info',
      'event.action': 'source.exhausted',
      credence: exhausted,
    })
  })

  test('lets nothing raw through to a terminal', () => {
    const [line] = logged({ level: 'debug' }, (events) => {
      events.emit('source.opened', { dataset: 'a b', source: '\u001b[31m\u202e\n\u009b' })
    })
    expect(line).toBe('debug source.opened  dataset="a b"  source="\\u001b[31m\\u202e\\n\\u009b"\n')
  })
})
