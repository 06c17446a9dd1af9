import { EventEmitter } from 'node:events'
import { beforeEach, describe, expect, test } from 'vitest'
import { createEvents } from './events.ts'
import { createLifecycle, type HostProcess, type Lifecycle } from './lifecycle.ts'

class Host extends EventEmitter implements HostProcess {
  readonly exits: number[] = []
  exit(code: number) {
    this.exits.push(code)
  }
}

describe('a lifecycle', () => {
  let host: Host
  let lifecycle: Lifecycle
  let told: string[]

  beforeEach(() => {
    host = new Host()
    told = []
    const events = createEvents()
    events.onAny(({ name }) => told.push(name))
    lifecycle = createLifecycle({ host, events, onFatal: (error) => told.push(String(error)) })
  })
  const untilStopped = (signal: AbortSignal) =>
    new Promise<number>((_resolve, reject) => signal.addEventListener('abort', () => reject(signal.reason as Error)))

  test('closes what was opened last first, and hands on the exit code', async () => {
    const closed: string[] = []
    lifecycle.onClose('lock', () => void closed.push('lock'))
    lifecycle.use('catalog', { close: async () => void closed.push('catalog') })
    expect(await lifecycle.run(async () => 1)).toBe(1)
    expect(closed).toEqual(['catalog', 'lock'])
    expect(host.eventNames()).toEqual([])
  })

  test('aborts its signal on the first SIGINT, closes, and exits as a shell expects', async () => {
    let closed = false
    lifecycle.onClose('catalog', () => {
      closed = true
    })
    const run = lifecycle.run(untilStopped)
    host.emit('SIGINT')
    expect(lifecycle.signal.aborted).toBe(true)
    expect(await run).toBe(130)
    expect(closed).toBe(true)
    expect(host.exits).toEqual([])
    expect(told).toEqual(['lifecycle.stopping'])
  })

  test('exits when what it was told to stop does not stop in its time', async () => {
    const hurried = createLifecycle({ host, closeMs: 20, onFatal: (error) => told.push(String(error)) })
    const stuck = Promise.withResolvers<number>()
    const run = hurried.run(() => stuck.promise)
    host.emit('SIGTERM')
    while (host.exits.length === 0) await new Promise((resolve) => setTimeout(resolve, 5))
    expect(host.exits).toEqual([2])
    expect(told).toEqual([expect.stringContaining('stopping took longer than 0.02 s')])
    stuck.resolve(0)
    expect(await run).toBe(143)
  })

  test('exits at once on the second signal', async () => {
    const run = lifecycle.run(untilStopped)
    host.emit('SIGTERM')
    host.emit('SIGINT')
    expect(host.exits).toEqual([130])
    expect(await run).toBe(143)
  })

  test('throws what main threw, after closing everything', async () => {
    const closed: string[] = []
    lifecycle.onClose('one', () => void closed.push('one'))
    lifecycle.onClose('two', () => {
      throw new Error('closing failed')
    })
    const failing = lifecycle.run(async () => {
      throw new Error('main failed')
    })
    await expect(failing).rejects.toThrow('main failed')
    expect(closed).toEqual(['one'])
    expect(told).toEqual(['lifecycle.failed'])
  })

  test('throws what a closing threw', async () => {
    lifecycle.onClose('catalog', () => {
      throw new Error('closing failed')
    })
    await expect(lifecycle.run(async () => 0)).rejects.toThrow('closing failed')
  })

  test('throws a failure during the shutdown that is not the shutdown itself', async () => {
    const failing = lifecycle.run(async (signal) => {
      await untilStopped(signal).catch(() => {})
      throw new Error('something else')
    })
    host.emit('SIGINT')
    await expect(failing).rejects.toThrow('something else')
  })

  test('stops and fails on a rejection that nobody awaited', async () => {
    const run = lifecycle.run(untilStopped)
    host.emit('unhandledRejection', new Error('forgotten'))
    await expect(run).rejects.toThrow('forgotten')
  })

  test('leaves at once on an uncaught exception', async () => {
    const run = lifecycle.run(untilStopped)
    host.emit('uncaughtException', new Error('anywhere'))
    expect(host.exits).toEqual([2])
    expect(told).toEqual(['lifecycle.failed', 'Error: anywhere'])
    host.emit('SIGINT')
    await expect(run).rejects.toThrow('anywhere')
  })
})
