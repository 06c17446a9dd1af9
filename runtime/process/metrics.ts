import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client'
import { within } from '../waiting/races.ts'
import type { Events } from './events.ts'

export interface MetricsOptions {
  readonly events: Events
  /**
   * Sets the gauges; called before each collection. A gauge that it does not set disappears. If it throws, or takes longer than
   * `collectMs`, all stay unchanged.
   */
  readonly collect?: (gauges: Gauges) => Promise<void>
  readonly collectMs?: number
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

/**
 * Counts events. Names end in their unit; every count is of things, never of bytes of a payload. Also reports the process's
 * memory, processor time and event loop delay.
 */
export function createMetrics({ events, collect, collectMs = 3000 }: MetricsOptions): Metrics {
  const registers = [new Registry()]
  const [registry] = registers as [Registry]
  const counter = (name: string, help: string, labelNames: string[]) =>
    new Counter({ name: `credence_${name}`, help, labelNames, registers })
  const gauge = (name: string, help: string, labelNames: string[]) =>
    new Gauge({ name: `credence_${name}`, help, labelNames, registers })

  const records = counter('records_total', 'Records, by what became of them.', ['dataset', 'outcome'])
  const windows = counter('windows_total', 'Windows that passed a stage.', ['dataset', 'stage'])
  const canaries = counter('canaries_total', 'Canaries, by whether a scan would hold them.', [
    'dataset',
    'family',
    'outcome',
  ])
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
  const rounds = counter('rounds_total', 'Rounds of a federation, by how they ended.', ['federation', 'outcome'])
  const clients = counter('clients_held_total', 'Times that a client’s update was held.', ['federation'])
  const counted = gauge('round_clients', 'Clients whose updates the last committed round counts.', ['federation'])
  const open = gauge('circuit_open', '1 while a dependency is left alone.', ['dependency'])
  const lag = gauge('source_lag_seconds', 'How far reading is behind what arrived last.', ['source', 'shard'])
  const waiting = gauge('windows_waiting', 'Windows that wait for a stage, by the catalog.', ['stage'])
  const wait = gauge('window_wait_seconds', 'Age of the oldest window that waits for a stage.', ['stage'])
  const queued = gauge('queue_jobs', 'Jobs queued, running or waiting to be retried.', ['stage'])
  const stale = counter('collect_failures_total', 'Times that the gauges say what they said before.', [])
  collectDefaultMetrics({ register: registry })

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
  events.on('canaries.scanned', ({ dataset, family, planted, held: found }) => {
    canaries.inc({ dataset, family, outcome: 'held' }, found)
    canaries.inc({ dataset, family, outcome: 'missed' }, planted - found)
  })
  events.on('source.held', ({ source, code, reason }) => held.inc({ what: `source ${source}`, code, reason }))
  events.on('window.held', ({ stage, code, reason }) => held.inc({ what: stage, code, reason }))
  events.on('delivery.held', ({ dataset, code, reason }) => held.inc({ what: `sink of ${dataset}`, code, reason }))
  events.on('round.committed', ({ federation, clients: among }) => {
    rounds.inc({ federation, outcome: 'committed' })
    counted.set({ federation }, among)
  })
  events.on('round.rolled_back', ({ federation }) => rounds.inc({ federation, outcome: 'rolled_back' }))
  events.on('round.aborted', ({ federation }) => rounds.inc({ federation, outcome: 'aborted' }))
  events.on('client.held', ({ federation }) => clients.inc({ federation }))
  events.on('job.retried', ({ stage, code }) => retried.inc({ stage, code }))
  events.on('lease.lost', ({ source }) => lost.inc({ source }))
  events.on('dependency.circuit', ({ source, circuit }) =>
    open.set({ dependency: source }, circuit === 'closed' ? 0 : 1),
  )

  const look = async (): Promise<void> => {
    if (collect === undefined) return
    const found: (() => void)[] = []
    const gauges: Gauges = {
      lag: (source, shard, seconds) => void found.push(() => lag.set({ source, shard }, seconds)),
      waiting: (stage, count, oldestSeconds) =>
        void found.push(() => {
          waiting.set({ stage }, count)
          wait.set({ stage }, oldestSeconds)
        }),
      queued: (stage, jobs) => void found.push(() => queued.set({ stage }, jobs)),
    }
    if (!(await succeeds(collect(gauges), collectMs))) return stale.inc()
    for (const each of [lag, waiting, wait, queued]) each.reset()
    for (const set of found) set()
  }
  return {
    contentType: registry.contentType,
    async text() {
      await look()
      return registry.metrics()
    },
  }
}

/** Whether work succeeds in time. */
async function succeeds(work: Promise<void>, withinMs: number): Promise<boolean> {
  const done = work.then(
    () => true,
    () => false,
  )
  return (await within(done, withinMs)) === true
}
