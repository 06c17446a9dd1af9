import { fileURLToPath } from 'node:url'
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, mkdirSync, openSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'

const REPO = fileURLToPath(new URL('../../', import.meta.url))
const EMULATORS = join(REPO, 'emulators/main.ts')
const CREDENCE = join(REPO, 'cli/credence.js')
const STARTS_MS = 60_000

export type Environment = Readonly<Record<string, string>>

/** The processes of an example. Each is in a group of its own, so that Ctrl-C reaches this process alone, which ends them in order. */
export class Children implements AsyncDisposable {
  readonly #folder: string
  readonly #running = new Map<string, ChildProcess>()
  readonly #signal: AbortSignal

  constructor(folder: string, signal: AbortSignal) {
    this.#folder = folder
    this.#signal = signal
    mkdirSync(join(folder, 'log'), { recursive: true })
  }

  /**
   * Starts an emulator of a service over its own folder, and resolves once it answers. It ends with this process, however this
   * one ends: the channel between them breaks.
   */
  async emulator(name: string, options: object): Promise<void> {
    this.#signal.throwIfAborted()
    const folder = join(this.#folder, name)
    const log = join(this.#folder, 'log', `${name}.log`)
    mkdirSync(folder, { recursive: true })
    const stderr = openSync(log, 'a')
    const child = spawn(process.execPath, [EMULATORS, name, JSON.stringify({ folder, ...options })], {
      stdio: ['ignore', 'pipe', stderr, 'ipc'],
      detached: true,
    })
    closeSync(stderr)
    this.#running.set(name, child)
    const givesUp = AbortSignal.any([this.#signal, AbortSignal.timeout(STARTS_MS)])
    const [line] = await Promise.race([
      once(createInterface({ input: child.stdout! }), 'line', { signal: givesUp }),
      once(child, 'exit', { signal: givesUp }).then(() => [null]),
    ])
    if (line === null) throw new Error(`the emulator of ${name} did not start: ${log} says why`)
  }

  /** Runs the real command line interface, and resolves to its exit code; a signal is handed on to it, once. */
  async credence(args: readonly string[], environment: Environment): Promise<number> {
    const child = spawn(process.execPath, [CREDENCE, ...args], {
      stdio: ['ignore', 'inherit', 'inherit'],
      env: { ...process.env, ...environment },
      detached: true,
    })
    const stop = () => void child.kill('SIGINT')
    if (this.#signal.aborted) stop()
    this.#signal.addEventListener('abort', stop, { once: true })
    const [code] = (await once(child, 'exit')) as [number | null]
    this.#signal.removeEventListener('abort', stop)
    return code ?? 2
  }

  /** Ends an emulator and resolves when it is gone. */
  async end(name: string): Promise<void> {
    const child = this.#running.get(name)
    this.#running.delete(name)
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return
    const ended = once(child, 'exit')
    child.kill('SIGTERM')
    await ended
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([...this.#running.keys()].map((name) => this.end(name)))
  }
}
