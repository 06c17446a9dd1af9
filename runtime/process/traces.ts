import { createHash } from 'node:crypto'
import { context, trace, TraceFlags, type Context } from '@opentelemetry/api'
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http'
import { resourceFromAttributes } from '@opentelemetry/resources'
import * as sdk from '@opentelemetry/sdk-trace'
import { AppError } from '#core/errors.ts'
import type { Events } from './events.ts'

export interface TraceOptions {
  readonly events: Events
  /** The collector's address for traces over HTTP: `https://collector:4318/v1/traces`. */
  readonly otlp: string
  /** Allows an address without TLS. */
  readonly emulator?: boolean
  /** Such as `credence-scan`. */
  readonly service: string
}

/** How long one export may take, tries included: the end of a process waits for the last. */
const EXPORT_MS = 3000

/**
 * Spans of every stage of every window, made of its events. A window's id has the length of a trace's id, and is it: the
 * stages find into one trace, whichever processes run them, and nothing has to travel with a job. Throws `invalid` for an address
 * without TLS: names of datasets, and how many records are flagged, are nobody else's to read.
 */
export function startTraces({ events, otlp, service, emulator = false }: TraceOptions): AsyncDisposable {
  if (!emulator && !(URL.canParse(otlp) && new URL(otlp).protocol === 'https:')) {
    throw new AppError(
      'invalid',
      'traces.otlp is not an https:// address: use one, or set emulator: true at the top of the configuration for a test',
    )
  }
  const provider = new sdk.TracerProvider({
    resource: resourceFromAttributes({ 'service.name': service }),
    spanProcessors: [
      new sdk.BatchSpanProcessor({ exporter: new OTLPTraceExporter({ url: otlp, timeoutMillis: EXPORT_MS }) }),
    ],
  })
  const tracer = provider.getTracer('credence')
  const span = (
    name: string,
    { window, ms, ...said }: { readonly window: string; readonly ms: number; readonly dataset: string },
    attributes: Readonly<Record<string, number | string>>,
  ) => {
    const ended = Date.now()
    const about = { 'credence.window': window, 'credence.dataset': said.dataset, ...attributes }
    tracer.startSpan(name, { startTime: ended - ms, attributes: about }, parentOf(window)).end(ended)
  }
  events.on('window.staged', (event) => span('stage', event, { 'credence.records': event.records }))
  events.on('window.scanned', (event) => span('scan', event, { 'credence.flagged': event.flagged }))
  events.on('window.committed', (event) => span('commit', event, { 'credence.admitted': event.counts.admitted }))
  // a collector that is away is no failure of the service, whose last spans are then lost
  return { [Symbol.asyncDispose]: () => provider.shutdown().catch(() => {}) }
}

/** The window itself, as the parent that all its stages' spans share. */
function parentOf(window: string): Context {
  const spanId = createHash('sha256').update(window).digest('hex').slice(0, 16)
  return trace.setSpanContext(context.active(), {
    traceId: window,
    spanId,
    traceFlags: TraceFlags.SAMPLED,
    isRemote: true,
  })
}
