import { expect, onTestFinished, test } from 'vitest'
import { createEvents } from './events.ts'
import { startHealth } from './health.ts'
import { createMetrics, type Gauges } from './metrics.ts'

interface Sample {
  readonly name: string
  readonly labels: Readonly<Record<string, string>>
  readonly value: number
}

const LINE = /^([a-zA-Z_:][\w:]*)(?:\{(.*)\})? (\S+)$/
const LABEL = /([a-zA-Z_]\w*)="((?:[^"\\]|\\.)*)"/g

/** The text format of Prometheus, version 0.0.4. */
function parse(text: string): { samples: Sample[]; types: Map<string, string> } {
  const types = new Map<string, string>()
  const samples: Sample[] = []
  for (const line of text.split('\n')) {
    const [, typed = '', type = ''] = /^# TYPE (\S+) (\S+)$/.exec(line) ?? []
    if (typed !== '') types.set(typed, type)
    if (line === '' || line.startsWith('#')) continue
    const [, name = '', labels = '', value = ''] = LINE.exec(line) ?? []
    expect(name, line).not.toBe('')
    const pairs = [...labels.matchAll(LABEL)].map(([, key = '', text = '']) => [key, JSON.parse(`"${text}"`) as string])
    samples.push({ name, labels: Object.fromEntries(pairs) as Record<string, string>, value: Number(value) })
  }
  return { samples, types }
}

/** Metrics as Prometheus would fetch them. */
async function scraped(collect?: (gauges: Gauges) => Promise<void>, collectMs = 3000) {
  const events = createEvents()
  const metrics = createMetrics({ events, collectMs, ...(collect && { collect }) })
  const health = await startHealth({ host: '127.0.0.1', port: 0 })
  onTestFinished(() => health[Symbol.asyncDispose]())
  health.watch({ probes: [], metrics })
  const scrape = async () => {
    const response = await fetch(`http://127.0.0.1:${health.port}/metrics`)
    expect(response.headers.get('content-type')).toContain('text/plain; version=0.0.4')
    const { samples, types } = parse(await response.text())
    const value = (name: string, labels: Record<string, string> = {}) =>
      samples.find(
        (one) => one.name === name && Object.entries(labels).every(([key, said]) => one.labels[key] === said),
      )?.value
    return { samples, types, value }
  }
  return { events, scrape }
}

const window = 'ab'.repeat(16)
const about = { dataset: 'mail', window, ordinal: 0 }

test('records and windows are counted by what became of them', async () => {
  const { events, scrape } = await scraped()
  events.emit('window.staged', { source: 's', shard: '0', ...about, records: 100, deadLetters: 3, ms: 20 })
  events.emit('window.scanned', { ...about, records: 100, flagged: 5, ms: 700 })
  const counts = { received: 103, admitted: 95, quarantined: 4, rejected: 1, deadLettered: 3 }
  events.emit('window.committed', { ...about, counts, ms: 30 })
  const { value, types } = await scrape()
  const outcomes = { staged: 100, dead_letter: 3, admitted: 95, quarantined: 4, rejected: 1 }
  for (const [outcome, count] of Object.entries(outcomes))
    expect(value('credence_records_total', { dataset: 'mail', outcome }), outcome).toBe(count)
  for (const stage of ['stage', 'scan', 'commit']) {
    expect(value('credence_windows_total', { dataset: 'mail', stage }), stage).toBe(1)
    expect(value('credence_stage_seconds_count', { stage }), stage).toBe(1)
  }
  expect(value('credence_stage_seconds_sum', { stage: 'scan' })).toBeCloseTo(0.7)
  expect(value('credence_stage_seconds_bucket', { stage: 'scan', le: '0.5' })).toBe(0)
  expect(value('credence_stage_seconds_bucket', { stage: 'scan', le: '1' })).toBe(1)
  expect(types.get('credence_records_total')).toBe('counter')
  expect(types.get('credence_stage_seconds')).toBe('histogram')
})

test('what is held and tried again is counted by its code', async () => {
  const { events, scrape } = await scraped()
  const why = { code: 'denied', reason: 'key_disabled', says: 'enable the key' } as const
  events.emit('source.held', { ...why, dataset: 'mail', source: 'mail', shard: '0', attempt: 1, delayMs: 10 })
  events.emit('window.held', { ...why, stage: 'scan', window })
  events.emit('delivery.held', { ...why, dataset: 'mail' })
  events.emit('job.retried', { stage: 'commit', window, attempt: 1, code: 'throttled', delayMs: 10 })
  events.emit('lease.lost', { source: 'mail', shard: '0', fence: 2 })
  const { value, samples } = await scrape()
  for (const what of ['source mail', 'scan', 'sink of mail'])
    expect(value('credence_held_total', { what, code: 'denied', reason: 'key_disabled' }), what).toBe(1)
  expect(value('credence_jobs_retried_total', { stage: 'commit', code: 'throttled' })).toBe(1)
  expect(value('credence_leases_lost_total', { source: 'mail' })).toBe(1)
  expect(JSON.stringify(samples)).not.toContain('enable the key')
})

test('a circuit is open until it is closed', async () => {
  const { events, scrape } = await scraped()
  const states = { open: 1, half_open: 1, closed: 0 } as const
  for (const circuit of ['open', 'half_open', 'closed'] as const) {
    events.emit('dependency.circuit', { source: 's3', circuit })
    expect((await scrape()).value('credence_circuit_open', { dependency: 's3' })).toBe(states[circuit])
  }
})

test('gauges say what is now: a shard that went to another reader is gone', async () => {
  let shards = ['0', '1']
  const { scrape } = await scraped(async ({ lag, waiting, queued }) => {
    for (const shard of shards) lag('mail', shard, 1.5)
    waiting('scan', 3, 12.5)
    queued('scan', 4)
  })
  const before = await scrape()
  expect(before.value('credence_source_lag_seconds', { source: 'mail', shard: '1' })).toBe(1.5)
  expect(before.value('credence_windows_waiting', { stage: 'scan' })).toBe(3)
  expect(before.value('credence_window_wait_seconds', { stage: 'scan' })).toBe(12.5)
  expect(before.value('credence_queue_jobs', { stage: 'scan' })).toBe(4)
  shards = ['0']
  const after = await scrape()
  expect(after.value('credence_source_lag_seconds', { shard: '0' })).toBe(1.5)
  expect(after.value('credence_source_lag_seconds', { shard: '1' })).toBeUndefined()
})

test('gauges that cannot be read anew stay, and that they are old is counted', async () => {
  let work: 'works' | 'fails' | 'hangs' = 'works'
  const { scrape } = await scraped(async ({ waiting }) => {
    if (work === 'hangs') await new Promise(() => {})
    waiting('scan', work === 'works' ? 3 : 99, 1)
    if (work === 'fails') throw new Error('no catalog')
  }, 20)
  expect((await scrape()).value('credence_collect_failures_total')).toBe(0)
  for (const [index, how] of (['fails', 'hangs'] as const).entries()) {
    work = how
    const { value } = await scrape()
    expect(value('credence_windows_waiting', { stage: 'scan' })).toBe(3)
    expect(value('credence_collect_failures_total')).toBe(index + 1)
  }
})

test("the process's own metrics are there", async () => {
  const { value } = await (await scraped()).scrape()
  expect(value('process_resident_memory_bytes')).toBeGreaterThan(0)
  expect(value('nodejs_eventloop_lag_p99_seconds')).toBeDefined()
})

test('rounds of a federation are counted by how they ended, and clients that were held', async () => {
  const { events, scrape } = await scraped()
  const [federation, says] = ['digits', 'why']
  events.emit('round.committed', { federation, round: 1, clients: 20, ms: 5 })
  events.emit('round.committed', { federation, round: 2, clients: 15, ms: 5 })
  events.emit('round.aborted', { federation, round: 3, says })
  events.emit('round.rolled_back', { federation, round: 4, says })
  for (const client of ['a', 'b']) events.emit('client.held', { federation, round: 4, client, says })
  const { value } = await scrape()
  const ended = ['committed', 'aborted', 'rolled_back'].map((outcome) => value('credence_rounds_total', { outcome }))
  expect(ended).toEqual([2, 1, 1])
  expect(value('credence_round_clients', { federation })).toBe(15)
  expect(value('credence_clients_held_total', { federation })).toBe(2)
})
