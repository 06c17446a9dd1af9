import { Option } from 'commander'
import { existsSync } from 'node:fs'
import { isAppError, isRetryable, type AppError } from '#core/errors.ts'
import { sleep } from '#runtime/waiting/retry.ts'
import { loadConfig, type Config } from '#app/config/load.ts'
import { createLifecycle, type Lifecycle } from '#runtime/process/lifecycle.ts'
import { logEvents } from '#runtime/process/log.ts'
import { EXIT, ExitError, failureLine } from '../exit.ts'
import { LIST_FORMATS } from '../print/lists.ts'
import type { SigningSystem, System, SystemOptions } from '#app/system.ts'

export interface ConfigOptions {
  readonly config: string
}

export const configOption = () => new Option('-c, --config <file>', 'configuration').default('credence.yaml')
export const formatOption = () => new Option('--format <format>', 'how to print').choices(LIST_FORMATS).default('table')

/** Loads a configuration; every problem with it ends the command with the exit code for bad configuration. */
export async function configured(path: string): Promise<Config> {
  refuseMissing(path)
  return await asConfiguration(() => loadConfig(path, process.env))
}

/** Where there is no configuration, says how to come by one. */
export function refuseMissing(path: string): void {
  if (existsSync(path)) return
  throw new ExitError(
    EXIT.configuration,
    `there is no ${path}: \`credence init <file or folder>\` writes one, \`--config <file>\` names another, \`credence demo\` needs none`,
  )
}

type Opens<Opened> = (config: Config, options: SystemOptions) => Promise<Opened>
type Work<Opened> = (system: Opened, signal: AbortSignal) => Promise<number>

/** Opens the configured system, runs `work`, closes everything, and sets the exit code that `work` resolves to. */
export function withSystem(
  command: string,
  load: () => Promise<Config>,
  work: Work<System>,
  options?: SystemCommandOptions,
): Promise<void> {
  // What opens stores, keys and catalogs takes longer to read than many commands run, and some need none of it.
  const open = async (...given: Parameters<Opens<System>>) => (await import('#app/system.ts')).openSystem(...given)
  return withOpened(open, command, load, work, options)
}

/** The same for what signs manifests, or reads what they vouch for. What it adds to the audit log is signed in the end. */
export function withSigningSystem(
  command: string,
  load: () => Promise<Config>,
  work: Work<SigningSystem>,
  options?: SystemCommandOptions,
): Promise<void> {
  const open = async (...given: Parameters<Opens<SigningSystem>>) =>
    (await import('#app/system.ts')).openSigningSystem(...given)
  const signed: Work<SigningSystem> = async (system, signal) => {
    const { signingWhatItDoes } = await import('#app/operations/audit.ts')
    return signingWhatItDoes(system, () => work(system, signal))
  }
  return withOpened(open, command, load, signed, options)
}

async function withOpened<Opened extends System>(
  openWith: Opens<Opened>,
  command: string,
  load: () => Promise<Config>,
  work: Work<Opened>,
  { log = true, onWaiting, drainMs }: SystemCommandOptions = {},
): Promise<void> {
  process.exitCode = await lifecycle(drainMs).run(async (signal) => {
    const config = await load()
    const open = () => asConfiguration(() => openWith(config, { command, signal }))
    await using system = await (onWaiting === undefined ? open() : untilOpen(open, signal, onWaiting))
    if (log) logEvents(system.events)
    return await work(system, signal)
  })
}

export interface SystemCommandOptions {
  /** Warnings and errors on standard error; the command has a log of its own otherwise. */
  readonly log?: boolean
  /** Waits for what is not there yet, or may not be used yet, instead of failing; told why, each time. */
  readonly onWaiting?: (error: AppError, delayMs: number) => void
  /** How long stopping may take. */
  readonly drainMs?: number
}

/** A service may start before what it needs does, or while a key is disabled: it says so and waits. */
async function untilOpen<Opened>(
  open: () => Promise<Opened>,
  signal: AbortSignal,
  onWaiting: (error: AppError, delayMs: number) => void,
): Promise<Opened> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await open()
    } catch (error) {
      if (signal.aborted || !isAppError(error) || !(isRetryable(error) || error.code === 'denied')) throw error
      const delayMs = Math.min(15_000, 250 * 2 ** attempt)
      onWaiting(error, delayMs)
      await sleep(delayMs, signal)
    }
  }
}

/** Signals, and a word on what nobody could throw any more. */
export function lifecycle(closeMs = 60_000): Lifecycle {
  return createLifecycle({ closeMs, onFatal: (error) => void process.stderr.write(failureLine(error)) })
}

/** What is wrong with a configuration or a contract has an exit code of its own. */
export async function asConfiguration<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    if (isAppError(error, 'invalid')) throw new ExitError(EXIT.configuration, error.message, { cause: error })
    throw error
  }
}

/** The one dataset of a configuration, where a command names none. */
export function onlyDataset({ config }: Pick<System, 'config'>): string {
  const names = Object.keys(config.datasets)
  const [name] = names
  if (name === undefined || names.length > 1)
    throw new ExitError(EXIT.usage, `say which: --dataset ${names.join(' or ')}`)
  return name
}
