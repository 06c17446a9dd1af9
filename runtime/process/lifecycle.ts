import { AppError, reportOf } from '#core/errors.ts'
import type { Events } from './events.ts'

const SIGNALS = ['SIGINT', 'SIGTERM'] as const
/** The exit code of a process that a signal ended: 128 plus the signal's number. */
const SIGNAL_EXITS = { SIGINT: 130, SIGTERM: 143 } as const

/** The part of `process` that the lifecycle uses. */
export interface HostProcess {
  on(event: string, listener: (about: unknown) => void): unknown
  off(event: string, listener: (about: unknown) => void): unknown
  exit(code: number): void
}

export interface LifecycleOptions {
  readonly events?: Events
  readonly host?: HostProcess
  /** Reports an error that can no longer be thrown, or that stopping takes too long, just before the process exits. */
  readonly onFatal?: (error: unknown) => void
  /** Exit code of a failure. */
  readonly failureExit?: number
  /** How long stopping and closing may take before the process exits anyway. */
  readonly closeMs?: number
}

export interface Lifecycle {
  /** Aborted by the first SIGINT or SIGTERM, or by an unhandled failure. */
  readonly signal: AbortSignal
  /** Registers what to close at the end, in reverse order of opening. */
  onClose(name: string, close: () => void | Promise<void>): void
  /** Opens something and registers its `close`. */
  use<T extends { close(): void | Promise<void> }>(name: string, resource: T): T
  /**
   * Runs `main` and closes everything, whatever happens. Resolves to `main`'s exit code, or to 130 or 143 if a signal ended it.
   * Throws what `main` or a closing threw.
   */
  run(main: (signal: AbortSignal) => Promise<number>): Promise<number>
}

/** The whole life of a process: signals, order of closing, unhandled failures. */
export function createLifecycle(options: LifecycleOptions = {}): Lifecycle {
  const { events, onFatal, host = process, failureExit = 2, closeMs = 60_000 } = options
  const stop = new AbortController()
  const closers: { readonly name: string; readonly close: () => void | Promise<void> }[] = []
  let stoppedBy: (typeof SIGNALS)[number] | undefined
  let unawaited: { readonly error: unknown } | undefined

  /** Limits the time after the first signal or the end of `main`; the protocol tolerates an exit at any point. */
  let overdue: NodeJS.Timeout | undefined
  const hurry = () => {
    overdue ??= setTimeout(() => {
      const message = `stopping took longer than ${closeMs / 1000} s; what was under way is taken up by the next process`
      onFatal?.(new AppError('unavailable', message, { reason: 'stopped' }))
      host.exit(failureExit)
    }, closeMs).unref()
  }

  const listeners: [string, (about: unknown) => void][] = [
    ...SIGNALS.map((name): [string, () => void] => [
      name,
      () => {
        // A second signal means not to wait, which the protocol tolerates.
        if (stop.signal.aborted) return host.exit(SIGNAL_EXITS[name])
        stoppedBy = name
        events?.emit('lifecycle.stopping', { signal: name })
        hurry()
        stop.abort(new AppError('unavailable', `stopped by ${name}`, { reason: 'stopped' }))
      },
    ]),
    ...['unhandledRejection', 'uncaughtException'].map((name): [string, (error: unknown) => void] => [
      name,
      (error) => {
        unawaited ??= { error }
        events?.emit('lifecycle.failed', { code: reportOf(error).code, step: name })
        // An exception may leave anything unfinished, and what must not be lost is in the catalog: exit at once.
        if (name === 'uncaughtException' || stop.signal.aborted) {
          onFatal?.(error)
          return host.exit(failureExit)
        }
        stop.abort(error)
      },
    ]),
  ]

  const closeAll = async (): Promise<unknown[]> => {
    const failures: unknown[] = []
    for (const { name, close } of closers.splice(0).reverse()) {
      try {
        await close()
      } catch (error) {
        events?.emit('lifecycle.failed', { code: reportOf(error).code, step: name })
        failures.push(error)
      }
    }
    return failures
  }

  const onClose: Lifecycle['onClose'] = (name, close) => void closers.push({ name, close })

  return {
    signal: stop.signal,
    onClose,
    use(name, resource) {
      onClose(name, () => resource.close())
      return resource
    },
    async run(main) {
      for (const [name, listener] of listeners) host.on(name, listener)
      let failures: unknown[] = []
      let exit = 0
      try {
        exit = await main(stop.signal)
      } catch (error) {
        // An error that only reports the stop is not a failure.
        if (!(stop.signal.aborted && isStop(error, stop.signal))) failures.push(error)
      }
      hurry()
      failures = [...failures, ...(await closeAll())]
      clearTimeout(overdue)
      for (const [name, listener] of listeners) host.off(name, listener)
      if (unawaited !== undefined) throw unawaited.error
      if (failures.length > 0) throw failures[0]
      return stoppedBy === undefined ? exit : SIGNAL_EXITS[stoppedBy]
    },
  }
}

function isStop(error: unknown, signal: AbortSignal): boolean {
  return error === signal.reason || (error instanceof Error && error.name === 'AbortError')
}
