import { Command, InvalidArgumentError } from 'commander'
import { isAppError, type AppError } from '#core/errors.ts'
import { startHealth, type HealthServer } from '#runtime/process/health.ts'
import { createEvents } from '#runtime/process/events.ts'
import { logEvents, type LogOptions } from '#runtime/process/log.ts'
import { EXIT } from '../exit.ts'
import type { Service, ServicesOptions } from '#app/services.ts'
import type { SigningSystem, System } from '#app/system.ts'
import {
  asConfiguration,
  configOption,
  configured,
  withSigningSystem,
  withSystem,
  type ConfigOptions,
} from './common.ts'
import { wholeNumber } from './whole-number.ts'

export interface ServiceOptions extends ConfigOptions {
  readonly http?: { readonly host: string; readonly port: number }
  readonly log?: LogOptions['format']
  /** How long stopping may take, in seconds. */
  readonly drain?: number
}

/** Less than the grace that a supervisor gives (docs/operations.md: 45 s). */
const DRAIN_SECONDS = 40

const DESCRIPTIONS: Readonly<Record<Exclude<Service, 'scan'> | 'serve', string>> = {
  ingest: 'a process that reads the sources and stages windows, sharing their shards with others',
  encrypt: 'a process that commits scanned windows',
  sweep: 'a process that hands lost windows and pending reviews back to the queue; one of several does',
  serve: 'every service in one process, until it is told to stop',
}

/** Read where a service runs: a scan of a file, which has their options, does without. */
const services = () => import('#app/services.ts')

/** `credence ingest`, `encrypt`, `sweep`, and `serve`: services that run until they are told to stop. */
export function serviceCommand(name: keyof typeof DESCRIPTIONS): Command {
  return withServiceOptions(new Command(name).description(DESCRIPTIONS[name])).action(async (options: ServiceOptions) =>
    serve(name === 'serve' ? (await services()).SERVICES : [name], options),
  )
}

export function withServiceOptions(command: Command): Command {
  return command
    .addOption(configOption())
    .option('--http <[host:]port>', 'answer /livez, /readyz and /metrics there', address)
    .option('--log <format>', 'json for machines, human for people', 'json')
    .option(
      '--drain <seconds>',
      `how long stopping may take; the process exits with 2 after that (default: ${DRAIN_SECONDS})`,
      wholeNumber,
    )
}

/** Runs services until SIGTERM or SIGINT; what runs then is finished, within `--drain`. */
export async function serve(wanted: readonly Service[], options: ServiceOptions): Promise<void> {
  const { areUnsigned, runServices } = await services()
  const name = wanted.length === 1 ? wanted[0]! : 'serve'
  if (!areUnsigned(wanted)) return serveWith(name, options, (system, running) => runServices(system, wanted, running))
  const { run, load, how, health, close } = prepare(options)
  await withSystem(
    `credence ${name}`,
    load,
    (system, signal) => run(system, signal, () => runServices(system, wanted, { signal, health: health() })),
    how,
  ).finally(close)
}

/** The same of any work that needs the signing key. */
export async function serveWith(
  name: string,
  options: ServiceOptions,
  work: (system: SigningSystem, running: ServicesOptions) => Promise<void>,
): Promise<void> {
  const { run, load, how, health, close } = prepare(options)
  await withSigningSystem(
    `credence ${name}`,
    load,
    (system, signal) => run(system, signal, () => work(system, { signal, health: health() })),
    how,
  ).finally(close)
}

/** What every service does around its work: health from before anything is opened, events as its log, a word when it stops. */
function prepare(options: ServiceOptions) {
  let health: HealthServer | undefined
  const load = async () => {
    const config = await configured(options.config)
    const http = options.http ?? config.http
    // before anything is opened: a service that waits for its database is alive
    if (http !== undefined) health = await asConfiguration(() => startHealth(http))
    return config
  }
  const format = options.log ?? 'json'
  // The system, and its events with it, are what is waited for.
  const waiting = createEvents()
  logEvents(waiting, { level: 'info', format })
  const onWaiting = ({ code, message }: AppError, delayMs: number) =>
    waiting.emit('service.waiting', { code, says: message, delayMs })
  const run = async (system: System, signal: AbortSignal, work: () => Promise<void>) => {
    const quiet = logEvents(system.events, { level: 'info', format })
    const stopping = () => system.events.emit('lifecycle.stopping', { signal: signalNamed(signal.reason) })
    signal.addEventListener('abort', stopping, { once: true })
    await work()
    quiet()
    return EXIT.clean
  }
  const how = { log: false, onWaiting, drainMs: 1000 * (options.drain ?? DRAIN_SECONDS) }
  return { load, run, how, health: () => health, close: () => health?.[Symbol.asyncDispose]() }
}

/** The signal that stopped this process, as its lifecycle says it; `none` where a failure did. */
function signalNamed(reason: unknown): string {
  return (isAppError(reason) && /SIG\w+/.exec(reason.message)?.[0]) || 'none'
}

export function address(text: string): { host: string; port: number } {
  const [, host = '127.0.0.1', port = ''] = /^(?:(.+):)?(\d{1,5})$/.exec(text) ?? []
  if (port === '' || Number(port) > 65_535) throw new InvalidArgumentError('expected a port, or host:port')
  return { host, port: Number(port) }
}
