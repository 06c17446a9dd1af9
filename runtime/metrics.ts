import { Counter, Gauge, Histogram, Registry } from 'prom-client'
import type { Events } from './events.ts'

export interface MetricsOptions {
  readonly events: Events
  /** Sets the gauges; called before each collection. What it throws leaves them as they were. */
  readonly collect?: (gauges: Gauges) => Promise<void>
}

export interface Gauges {
  readonly lag: (source: string, shard: string, seconds: number) => void
  readonly waiting: (stage: string, windows: number, oldestSeconds: number) => void
  readonly queued: (stage: string, jobs: number) => void
}

export interface Metrics {
  readonly contentType: string
  /** In the Prometheus text format. */
  text(): Promise<string>
}

const SECONDS = [0.01, 0.05, 0.1, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300]

/** Counts what the events say. Names end in their unit; every count is of things, never of bytes of a payload. */
export function createMetrics({ events, collect }: MetricsOptions): Metrics {
  const registers = [new Registry()]
  const [registry] = registers as [Registry]
  const counter = (name: string, help: string, labelNames: string[]) =>
    new Counter({ name: `credence_${name}`, help, labelNames, registers })
  const gauge = (name: string, help: string, labelNames: string[]) =>
    new Gauge({ name: `credence_${name}`, help, labelNames, registers })

  const records = counter('records_total', 'Records, by what became of them.', ['dataset', 'outcome'])
  const windows = counter('windows_total', 'Windows that passed a stage.', ['dataset', 'stage'])
  const held = counter('held_total', 'Times that work was held, by the code of the error.', ['what', 'code', 'reason'])
  const retried = counter('jobs_retried_total', 'Jobs tried again.', ['stage', 'code'])
  const lost = counter('leases_lost_total', 'Leases that another reader took over.', ['source'])
  const stages = new Histogram({
    name: 'credence_stage_seconds',
    help: 'How long a stage took for a window.',
    labelNames: ['stage'],
    buckets: SECONDS,
    registers,
  })
  const open = gauge('circuit_open', '1 while a dependency is left alone.', ['dependency'])
  const lag = gauge('source_lag_seconds', 'How far reading is behind what arrived last.', ['source', 'shard'])
  const waiting = gauge('windows_waiting', 'Windows that wait for a stage, by the catalog.', ['stage'])
  const wait = gauge('window_wait_seconds', 'Age of the oldest window that waits for a stage.', ['stage'])
  const queued = gauge('queue_jobs', 'Jobs queued, running or waiting to be retried.', ['stage'])

  events.on('window.staged', ({ dataset, records: staged, deadLetters, ms }) => {
    records.inc({ dataset, outcome: 'staged' }, staged)
    records.inc({ dataset, outcome: 'dead_letter' }, deadLetters)
    windows.inc({ dataset, stage: 'stage' })
    stages.observe({ stage: 'stage' }, ms / 1000)
  })
  events.on('window.scanned', ({ dataset, ms }) => {
    windows.inc({ dataset, stage: 'scan' })
    stages.observe({ stage: 'scan' }, ms / 1000)
  })
  events.on('window.committed', ({ dataset, counts, ms }) => {
    for (const outcome of ['admitted', 'quarantined', 'rejected'] as const)
      records.inc({ dataset, outcome }, counts[outcome])
    windows.inc({ dataset, stage: 'commit' })
    stages.observe({ stage: 'commit' }, ms / 1000)
  })
  events.on('source.held', ({ source, code, reason }) => held.inc({ what: `source ${source}`, code, reason }))
  events.on('window.held', ({ stage, code, reason }) => held.inc({ what: stage, code, reason }))
  events.on('delivery.held', ({ dataset, code, reason }) => held.inc({ what: `sink of ${dataset}`, code, reason }))
  events.on('job.retried', ({ stage, code }) => retried.inc({ stage, code }))
  events.on('lease.lost', ({ source }) => lost.inc({ source }))
  events.on('dependency.circuit', ({ source, circuit }) =>
    open.set({ dependency: source }, circuit === 'closed' ? 0 : 1),
  )

  const gauges: Gauges = {
    lag: (source, shard, seconds) => lag.set({ source, shard }, seconds),
    waiting(stage, count, oldestSeconds) {
      waiting.set({ stage }, count)
      wait.set({ stage }, oldestSeconds)
    },
    queued: (stage, jobs) => queued.set({ stage }, jobs),
  }
  return {
    contentType: registry.contentType,
    async text() {
      await collect?.(gauges).catch(() => {})
      return registry.metrics()
    },
  }
}
