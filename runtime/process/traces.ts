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
  /** The service's name, such as `credence-scan`. */
  readonly service: string
}

/** The longest time of one export, retries included: the end of a process waits for the last one. */
const EXPORT_MS = 3000

/**
 * Makes spans of every stage of every window from its events. A window's id has the length of a trace id and is used as that, so
 * the stages share one trace, whichever processes run them, and jobs carry nothing for it. Throws `invalid` for an address
 * without TLS: others must not read names of datasets and counts of flagged records.
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
  // an unavailable collector is not a failure of the service; its last spans are lost
  return { [Symbol.asyncDispose]: () => provider.shutdown().catch(() => {}) }
}

/** The window itself, as the common parent of all its stages' spans. */
function parentOf(window: string): Context {
  const spanId = createHash('sha256').update(window).digest('hex').slice(0, 16)
  return trace.setSpanContext(context.active(), {
    traceId: window,
    spanId,
    traceFlags: TraceFlags.SAMPLED,
    isRemote: true,
  })
}
