import { fork, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { chmod, mkdir, mkdtemp, rm } from 'node:fs/promises'
import { createServer, type AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { loadConfig } from '#app/config/load.ts'
import { openSigningSystem } from '#app/system.ts'
import { redisMissing, startRedis } from '#emulators/redis.ts'
import { createPostgres, postgresMissing } from '#test/support/topology/postgres.ts'
import type { Kind } from './bodies.ts'
import { startStream } from './emulated.ts'
import { writeConfig } from './ingest.ts'
import { median, printTable, spread, type Spent } from './meter.ts'

export interface WorkersOptions {
  readonly kind: Kind
  readonly bodies: readonly Buffer[]
  readonly rounds: number
  readonly window: number
  readonly workers: readonly number[]
}

/** How an installation on PostgreSQL and Redis grows with its processes: event hub of four partitions to committed windows. */
export async function compareWorkers(given: WorkersOptions): Promise<void> {
  const missing = redisMissing() ?? postgresMissing()
  if (missing !== null) {
    console.log(`growth with workers: not run: ${missing}\n`)
    return
  }
  const options = { ...given, bodies: wholeWindows(given.bodies, given.window) }
  const results = options.workers.map((): Spent[] => [])
  for (let round = 0; round < options.rounds; round++) {
    for (const [i, workers] of options.workers.entries()) results[i]?.push(await measure(workers, options))
  }
  const records = options.bodies.length
  console.log(`event hub of 4 partitions to committed windows, on PostgreSQL and Redis, ${options.rounds} rounds`)
  printTable(
    ['processes', 'records/s', 'of one', 'records/s of a core'],
    options.workers.map((workers, i) => {
      const list = results[i] ?? []
      const growth = median(list.map(({ seconds }, at) => (results[0]?.[at]?.seconds ?? Number.NaN) / seconds))
      const rate = (of: keyof Spent) => spread(list.map((spent) => records / spent[of]))
      return [String(workers), rate('seconds'), growth.toFixed(2), rate('processor')]
    }),
  )
}

const PARTITIONS = 4

/** Windows are cut so that none is left open: as many records as fill whole ones. */
function wholeWindows(bodies: readonly Buffer[], window: number): readonly Buffer[] {
  const step = PARTITIONS * window
  return bodies.slice(0, Math.floor(bodies.length / step) * step)
}

async function measure(workers: number, { kind, bodies, window }: WorkersOptions): Promise<Spent> {
  await using stack = new AsyncDisposableStack()
  const folder = await mkdtemp(join(tmpdir(), 'credence-bench-'))
  stack.defer(() => rm(folder, { recursive: true, force: true }))
  await chmod(folder, 0o711) // PostgreSQL does not run as root, and has to get to its own
  for (const name of ['postgres', 'redis']) await mkdir(join(folder, name))
  const stream = await startStream('eventhubs', { shards: PARTITIONS, readings: 1 })
  stack.defer(() => stream.close())
  const postgres = createPostgres(join(folder, 'postgres'), await freePort(), join(folder, 'postgres.log'))
  await postgres.start()
  stack.defer(() => postgres.kill())
  const redis = await startRedis({ folder: join(folder, 'redis') })
  stack.defer(() => redis.close())
  const more = { catalog: { postgres: postgres.url }, queue: { redis: redis.url } }
  const path = await writeConfig(folder, { kind, window, sources: { rows: stream.config(0) }, more })
  await using system = await openSigningSystem(await loadConfig(path, process.env), { command: 'bench' })
  await system.keys.current('rows')

  const children: ChildProcess[] = []
  stack.defer(() => children.forEach((child) => child.kill('SIGKILL')))
  for (let i = 0; i < workers; i++) {
    const child = fork(new URL('worker.ts', import.meta.url), [path], { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] })
    children.push(child)
    await toldBy(child)
  }
  for (const child of children) child.send('go')
  for (let owners = new Set(); owners.size < workers; await delay(50)) {
    const leases = (await system.catalog.sources.leases('rows')).filter(({ owner }) => owner !== null)
    owners = new Set(leases.length === PARTITIONS ? leases.map(({ owner }) => owner) : [])
  }
  const started = performance.now()
  await stream.publish(bodies)
  for (;;) {
    const { admitted = 0, quarantined = 0, rejected = 0 } = (await system.catalog.windows.totals()).get('rows') ?? {}
    if (admitted + quarantined + rejected >= bodies.length) break
    await delay(50)
  }
  const seconds = (performance.now() - started) / 1000
  let processor = 0
  for (const child of children) {
    const told = toldBy(child)
    child.send('stop')
    processor += ((await told) as { processor: number }).processor
    const ended = once(child, 'exit')
    child.send('end')
    await ended
  }
  return { seconds, processor }
}

async function toldBy(child: ChildProcess): Promise<unknown> {
  const ended = once(child, 'exit').then(([code]) => {
    throw new Error(`a worker ended with ${String(code)}`)
  })
  ended.catch(() => {})
  const [message] = (await Promise.race([once(child, 'message'), ended])) as [unknown]
  return message
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port
}
