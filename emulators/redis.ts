import { spawn, spawnSync, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { Redis } from 'ioredis'
import { freePort } from './free-port.ts'

export interface RedisOptions {
  /** 0 (the default) takes a free one. */
  readonly port?: number
  /** Where the data is; a folder of its own, removed at the end, without it. */
  readonly folder?: string
  /** Whether what was answered survives a kill (an append-only file, synced with every write). */
  readonly durable?: boolean
  readonly password?: string
  /** Paths of PEM files: it then speaks TLS and nothing else. */
  readonly tls?: { readonly cert: string; readonly key: string; readonly ca: string }
}

/** A real Redis, as a child process on 127.0.0.1. */
export interface RedisServer {
  readonly url: string
  readonly port: number
  /** Ends it as an operator would, or as a crash does. */
  stop(): Promise<void>
  kill(): Promise<void>
  /** Starts it again on the same port and folder. */
  start(): Promise<void>
  flush(): Promise<void>
  /** Makes it refuse writes, as a replica does. */
  readOnly(on: boolean): Promise<void>
  /** Any command, as its operator. */
  command(...words: [string, ...string[]]): Promise<unknown>
  close(): Promise<void>
}

/** How to get what is missing; null where it is there. */
export function redisMissing(): string | null {
  return spawnSync('redis-server', ['--version']).status === 0
    ? null
    : 'redis-server is missing: apt-get install redis-server'
}

export async function startRedis(options: RedisOptions = {}): Promise<RedisServer> {
  const missing = redisMissing()
  if (missing !== null) throw new Error(missing)
  const folder = options.folder ?? (await mkdtemp(join(tmpdir(), 'redis-')))
  const port = options.port || (await freePort())
  const { password, tls } = options
  let child: ChildProcess | null = null

  const args = [
    '--bind',
    '127.0.0.1',
    '--dir',
    folder,
    '--save',
    '',
    '--maxmemory-policy',
    'noeviction',
    ...(options.durable ? ['--appendonly', 'yes', '--appendfsync', 'always'] : []),
    ...(password === undefined ? [] : ['--requirepass', password]),
    ...(tls === undefined
      ? ['--port', String(port)]
      : ['--port', '0', '--tls-port', String(port), '--tls-cert-file', tls.cert, '--tls-key-file', tls.key]),
    ...(tls === undefined ? [] : ['--tls-ca-cert-file', tls.ca, '--tls-auth-clients', 'no']),
  ]

  const operator = () =>
    new Redis({
      port,
      host: '127.0.0.1',
      lazyConnect: true,
      retryStrategy: null,
      ...(password === undefined ? {} : { password }),
      ...(tls === undefined ? {} : { tls: { rejectUnauthorized: false } }),
    })

  const command = async (...words: [string, ...string[]]): Promise<unknown> => {
    const client = operator()
    client.on('error', () => {})
    try {
      await client.connect()
      return await client.call(...words)
    } finally {
      client.disconnect()
    }
  }

  const start = async () => {
    const server = spawn('redis-server', args, { stdio: 'ignore' })
    child = server
    for (;;) {
      if (server.exitCode !== null)
        throw new Error(`redis-server ended with ${server.exitCode}: is port ${port} taken?`)
      try {
        if ((await command('PING')) === 'PONG') return
      } catch {
        await delay(10) // not listening yet, or still loading
      }
    }
  }

  const end = async (signal: 'SIGTERM' | 'SIGKILL') => {
    if (child === null || child.exitCode !== null || child.signalCode !== null) return
    const exited = once(child, 'exit')
    child.kill(signal)
    await exited
    child = null
  }

  await start()
  return {
    url: `${tls === undefined ? 'redis' : 'rediss'}://127.0.0.1:${port}`,
    port,
    stop: () => end('SIGTERM'),
    kill: () => end('SIGKILL'),
    start,
    command,
    flush: async () => void (await command('FLUSHALL')),
    async readOnly(on) {
      // a replica of nobody: it keeps its data and refuses writes
      await (on ? command('REPLICAOF', '127.0.0.1', '1') : command('REPLICAOF', 'NO', 'ONE'))
    },
    async close() {
      await end('SIGKILL')
      if (options.folder === undefined) await rm(folder, { recursive: true, force: true })
    },
  }
}
