import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect, onTestFinished, test } from 'vitest'
import { createEvents } from './events.ts'
import { windowId } from '#core/hash.ts'
import { startTraces } from './traces.ts'

interface Attribute {
  readonly key: string
  readonly value: { readonly stringValue?: string; readonly intValue?: number }
}
interface OtlpSpan {
  readonly traceId: string
  readonly spanId: string
  readonly parentSpanId: string
  readonly name: string
  readonly startTimeUnixNano: string
  readonly endTimeUnixNano: string
  readonly attributes: readonly Attribute[]
}
interface Received extends OtlpSpan {
  readonly service: string
}

/** Takes traces as a collector does: OTLP over HTTP, as JSON. */
async function collector() {
  const spans: Received[] = []
  const server = createServer((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      const { resourceSpans } = JSON.parse(Buffer.concat(chunks).toString()) as {
        resourceSpans: { resource: { attributes: Attribute[] }; scopeSpans: { spans: OtlpSpan[] }[] }[]
      }
      for (const { resource, scopeSpans } of resourceSpans) {
        const service = resource.attributes.find(({ key }) => key === 'service.name')?.value.stringValue ?? ''
        spans.push(...scopeSpans.flatMap((scope) => scope.spans.map((span) => ({ ...span, service }))))
      }
      response.writeHead(200, { 'content-type': 'application/json' }).end('{}')
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => void server.close())
  return { spans, otlp: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1/traces` }
}

const window = windowId('mail', 'mail', [{ partition: 'p', from: '0', to: '9' }])
const about = { dataset: 'mail', window, ordinal: 0 }

test('the stages of one window, run by three processes, are one trace whose id is the id of the window', async () => {
  const { spans, otlp } = await collector()
  const processes = ['ingest', 'scan', 'encrypt'].map((service) => {
    const events = createEvents()
    return { events, traces: startTraces({ events, otlp, emulator: true, service: `credence-${service}` }) }
  })
  const [ingest, scan, encrypt] = processes.map(({ events }) => events)
  ingest?.emit('window.staged', { source: 's', shard: '0', ...about, records: 100, deadLetters: 0, ms: 40 })
  scan?.emit('window.scanned', { ...about, records: 100, flagged: 7, ms: 900 })
  encrypt?.emit('window.committed', {
    ...about,
    counts: { received: 100, admitted: 93, quarantined: 7, rejected: 0, deadLettered: 0 },
    ms: 60,
  })
  for (const { traces } of processes) await traces[Symbol.asyncDispose]()

  expect(spans.map(({ name, service }) => [name, service])).toEqual([
    ['stage', 'credence-ingest'],
    ['scan', 'credence-scan'],
    ['commit', 'credence-encrypt'],
  ])
  expect(new Set(spans.map(({ traceId }) => traceId))).toEqual(new Set([window]))
  expect(new Set(spans.map(({ parentSpanId }) => parentSpanId)).size).toBe(1)
  expect(new Set(spans.map(({ spanId }) => spanId)).size).toBe(3)
  const took = spans.map((span) => Number(BigInt(span.endTimeUnixNano) - BigInt(span.startTimeUnixNano)) / 1e6)
  expect(took.map(Math.round)).toEqual([40, 900, 60])
  const said = spans.flatMap(({ attributes }) => attributes.map(({ key, value }) => [key, value]))
  expect(said).toContainEqual(['credence.window', { stringValue: window }])
  expect(said).toContainEqual(['credence.flagged', { intValue: 7 }])
})

test('another window is another trace', async () => {
  const { spans, otlp } = await collector()
  const events = createEvents()
  const other = windowId('mail', 'mail', [{ partition: 'p', from: '10', to: '19' }])
  const traces = startTraces({ events, otlp, emulator: true, service: 'credence-scan' })
  for (const id of [window, other])
    events.emit('window.scanned', { ...about, window: id, records: 1, flagged: 0, ms: 1 })
  await traces[Symbol.asyncDispose]()
  expect(spans.map(({ traceId }) => traceId)).toEqual([window, other])
})

test('a collector that is away holds up neither the work nor the end', async () => {
  const events = createEvents()
  const traces = startTraces({ events, otlp: 'http://127.0.0.1:9/v1/traces', emulator: true, service: 'credence-scan' })
  events.emit('window.scanned', { ...about, records: 1, flagged: 0, ms: 1 })
  await traces[Symbol.asyncDispose]()
})

test.each(['http://collector.example.com:4318/v1/traces', 'http://127.0.0.1:4318/v1/traces', 'collector:4318'])(
  'nothing leaves without TLS: %s is refused',
  (otlp) => {
    const start = () => startTraces({ events: createEvents(), otlp, service: 'credence-scan' })
    expect(start).toThrow(expect.objectContaining({ code: 'invalid' }))
  },
)
