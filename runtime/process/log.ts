import { LEVELS, type AppEvent, type Events, type Level } from './events.ts'

const RANK = { error: 0, warn: 1, info: 2, debug: 3 } as const satisfies Record<Level, number>

export interface LogOptions {
  /** With `warn` (the default), normal operation writes nothing. */
  readonly level?: Level
  readonly format?: 'json' | 'human'
  readonly write?: (line: string) => void
  readonly clock?: () => Date
}

/** Writes a line for each event of the level or above, by default to stderr; returns a function that ends this. */
export function logEvents(events: Events, options: LogOptions = {}): () => void {
  const { level = 'warn', format = 'human', clock = () => new Date() } = options
  const write = options.write ?? ((line: string) => void process.stderr.write(line))
  return events.onAny((event) => {
    const own = LEVELS[event.name]
    if (RANK[own] > RANK[level]) return
    write(`${format === 'json' ? jsonLine(event, own, clock()) : humanLine(event, own)}\n`)
  })
}

/** Uses field names of the Elastic Common Schema where it has them. */
function jsonLine({ name, ...fields }: AppEvent, level: Level, at: Date): string {
  return JSON.stringify({ '@timestamp': at.toISOString(), 'log.level': level, 'event.action': name, credence: fields })
}

function humanLine({ name, ...fields }: AppEvent, level: Level): string {
  const said = Object.entries(fields).map(([key, value]) => `${key}=${show(value)}`)
  return [`${level.padEnd(5)} ${name}`, ...said].join('  ')
}

function show(value: unknown): string {
  if (typeof value !== 'string') return JSON.stringify(value)
  // Names may come from folders that others filled, so nothing in them reaches the terminal raw.
  return /^[\w./:@=+-]+$/.test(value) ? value : JSON.stringify(value).replace(/[\u007f-\uffff]/g, escapeUnit)
}

function escapeUnit(unit: string): string {
  return `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`
}
