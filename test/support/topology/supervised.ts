import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { createWriteStream } from 'node:fs'
import { setTimeout as delay } from 'node:timers/promises'

/** Something that can be killed and started again, on the same place with the same state. */
export interface Victim {
  readonly name: string
  start(): Promise<void>
  /** Ends it as a crash does, and resolves when it is gone. */
  kill(): Promise<void>
  /** Ends it as an upgrade does: told to, and killed once its grace is over; resolves to its exit code, null where it was killed. */
  stop?(graceMs: number): Promise<number | null>
  /** How often it ended by itself once it was up, which it must not. */
  deaths?(): number
}

export interface ProcessOptions {
  readonly name: string
  readonly command: string
  readonly args: readonly string[]
  readonly env?: Readonly<Record<string, string>>
  /** Its output is appended there. */
  readonly log: string
  /** Resolves to true once it works; asked until then. */
  readonly isUp: () => Promise<boolean>
  readonly uid?: number
}

const STARTS_MS = 300_000
const ALL = new Set<() => void>()
process.once('exit', () => ALL.forEach((kill) => kill()))

/** A program as a victim. Killed with the test, whatever happens. */
export function supervised(options: ProcessOptions): Victim {
  let child: ChildProcess | null = null
  let [isStarting, isKilled, deaths] = [false, false, 0]
  const isGone = () => child === null || child.exitCode !== null || child.signalCode !== null
  ALL.add(() => void child?.kill('SIGKILL'))
  const start = async (): Promise<void> => {
    const log = createWriteStream(options.log, { flags: 'a' })
    const spawned = () => {
      const started = spawn(options.command, [...options.args], {
        stdio: ['ignore', 'pipe', 'pipe'],
        env: { ...process.env, ...options.env },
        ...(options.uid === undefined ? {} : { uid: options.uid }),
      })
      started.stdout.pipe(log, { end: false })
      started.stderr.pipe(log, { end: false })
      child = started
      started.once('exit', () => {
        if (isKilled || isStarting || child !== started) return
        deaths++
        void start() // as any supervisor does
      })
    }
    isStarting = true
    isKilled = false
    spawned()
    const givesUp = performance.now() + STARTS_MS
    while (!(await options.isUp().catch(() => false))) {
      if (performance.now() > givesUp) throw new Error(`${options.name} does not come up: see ${options.log}`)
      await delay(50)
      if (!isGone()) continue
      await delay(250) // as a supervisor would: what it needs may not be there yet
      spawned()
    }
    isStarting = false
  }
  return {
    name: options.name,
    start,
    deaths: () => deaths,
    async stop(graceMs) {
      isKilled = true
      if (isGone() || child === null) return null
      const ended = once(child, 'exit') as Promise<[number | null]>
      child.kill('SIGTERM')
      const late = setTimeout(() => child?.kill('SIGKILL'), graceMs)
      const [code] = await ended
      clearTimeout(late)
      return code
    },
    async kill() {
      isKilled = true
      if (isGone() || child === null) return
      const ended = once(child, 'exit')
      child.kill('SIGKILL')
      await ended
    },
  }
}

/** Whether something listens on a port of this machine. */
export async function listens(port: number): Promise<boolean> {
  const { connect } = await import('node:net')
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1')
    socket.once('connect', () => (socket.destroy(), resolve(true)))
    socket.once('error', () => resolve(false))
  })
}
