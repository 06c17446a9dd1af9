import { once } from 'node:events'
import { Redis, type RedisOptions } from 'ioredis'
import { AppError } from '#core/errors.ts'
import { LATE, within } from '#runtime/waiting/races.ts'
import { redisError } from './errors.ts'

export interface RedisAddress {
  /** `rediss://user:password@host:port/database`. */
  readonly url: string
  readonly username?: string
  readonly password?: string
  readonly tls?: {
    /** Certificates of the trusted authorities, as PEM, instead of the system's. */
    readonly ca?: string
    /** The client certificate, as PEM, for a server that requires one; with its private key. */
    readonly cert?: string
    readonly key?: string
    /** The name in the server's certificate, if it is not the host's. */
    readonly servername?: string
  }
}

export interface RedisLinkOptions {
  readonly address: RedisAddress
  /** Allows connections without TLS. */
  readonly emulator: boolean
  /** The longest wait for an answer. */
  readonly answerMs: number
  /** Called when the connection is lost and when it is back. */
  readonly onChange?: (isThere: boolean) => void
}

/** The longest time that BullMQ lets a worker wait in one command. */
const LONGEST_BLOCK_MS = 10_000

/**
 * Connections to one Redis. They are restored automatically, however long that takes. A connection that owes an answer for too
 * long is dropped and made again, as after a failover that closed nothing.
 */
export interface RedisLink {
  /** Host and port, for messages. */
  readonly server: string
  readonly isTls: boolean
  /** For commands whose answer is awaited: each through `ask`. */
  readonly commands: Redis
  /** One more connection; its duplicates are for blocking commands. */
  connect(): Redis
  /** Resolves once commands can be sent. Throws the obstacle, after at most `answerMs`. */
  reach(): Promise<void>
  /** Runs `work`. Throws `unavailable` after `answerMs`; other errors are mapped. */
  ask<T>(work: () => Promise<T>): Promise<T>
  /** Drops every connection. */
  close(): void
}

/** Throws `invalid` for an invalid address, or one without TLS that is not an emulator's. Connects in the background. */
export function createRedisLink({ address, emulator, answerMs, onChange }: RedisLinkOptions): RedisLink {
  let isClosed = false
  const base = {
    ...parseAddress(address, emulator),
    // BullMQ may still be connecting while it is closed without a server
    retryStrategy: (times: number) => (isClosed ? null : Math.min(50 * 2 ** Math.min(times - 1, 5), 1000)),
  }
  const server = `${base.host}:${base.port}`
  const all = new Set<Redis>()
  let lastError: unknown = null
  /** Null until it was connected for the first time. */
  let isThere: boolean | null = null
  // ioredis sends unanswered commands again, which is safe for BullMQ's
  const open = (silenceMs: number) =>
    openQuietly({ ...base, socketTimeout: silenceMs }, { socketTimeout: LONGEST_BLOCK_MS + answerMs }, all)

  const commands = open(answerMs)
  commands.on('error', (error) => void (lastError = error))
  commands.on('ready', () => {
    lastError = null
    if (isThere === false) onChange?.(true)
    isThere = true
  })
  commands.on('close', () => {
    // every failed attempt to reconnect comes here again
    if (isThere === true && !isClosed) onChange?.(false)
    if (isThere === true) isThere = false
  })

  const inTime = async <T>(work: Promise<T>): Promise<T> => {
    try {
      const answer = await within(work, answerMs)
      if (answer === LATE) throw redisError(lastError, server)
      return answer
    } catch (error) {
      throw redisError(error, server)
    }
  }
  const reach = async () => {
    if (commands.status === 'ready') return
    if (commands.status === 'end') throw redisError(null, server)
    // sends nothing before that, because abandoned commands must not pile up
    await inTime(once(commands as NodeJS.EventEmitter, 'ready', {}))
  }

  return {
    server,
    isTls: base.tls !== undefined,
    commands,
    // nobody waits for these directly, and a process that is busy for a moment must not drop them
    connect: () => open(2 * answerMs),
    reach,
    async ask(work) {
      await reach()
      return inTime(work())
    },
    close() {
      isClosed = true
      for (const connection of all) end(connection)
    },
  }
}

/**
 * Ends a connection that its `retryStrategy` no longer reconnects. If it is waiting to reconnect, telling it to disconnect would
 * leave those who wait for its end waiting: it must try once more.
 */
function end(connection: Redis): void {
  if (connection.status !== 'reconnecting') return connection.disconnect()
  connection.once('ready', () => connection.disconnect())
  connection.connect().catch(() => {})
}

/** The mapping of replies only affects types, which are not changed here. */
type Options = Omit<RedisOptions, 'replyMapping'>

/** Opens a connection whose errors are never written to the console; the same holds for the duplicates that BullMQ makes. */
function openQuietly(options: Options, ofDuplicates: Partial<Options>, all: Set<Redis>): Redis {
  const connection = new Redis(options)
  const duplicate = (override?: Partial<Options>) =>
    openQuietly({ ...options, ...ofDuplicates, ...override }, ofDuplicates, all)
  Object.assign(connection, { duplicate })
  connection.on('error', () => {})
  all.add(connection)
  return connection
}

function parseAddress(address: RedisAddress, emulator: boolean): Options & { host: string; port: number } {
  const url = URL.canParse(address.url) ? new URL(address.url) : null
  const scheme = url?.protocol
  if (url === null || (scheme !== 'redis:' && scheme !== 'rediss:') || url.hostname === '') {
    throw invalid('the address of Redis is not a URL: expected rediss://host:port') // the address may contain a password, so it is not shown
  }
  const host = url.hostname.replace(/^\[|\]$/g, '')
  const port = Number(url.port || 6379)
  if (scheme === 'redis:' && !emulator) {
    throw invalid(
      `Redis at ${host}:${port} is addressed without TLS: use rediss://, or emulator: true at the top of the configuration for a test`,
    )
  }
  const database = Number(url.pathname.slice(1) || 0)
  if (!Number.isInteger(database)) throw invalid(`the database of Redis at ${host}:${port} is not a number`)
  const username = address.username ?? decodeURIComponent(url.username)
  const password = address.password ?? decodeURIComponent(url.password)
  return {
    host,
    port,
    db: database,
    ...(username === '' ? {} : { username }),
    ...(password === '' ? {} : { password }),
    ...(scheme === 'rediss:' ? { tls: { ...tlsName(host), ...address.tls, minVersion: 'TLSv1.2' as const } } : {}),
    maxRetriesPerRequest: null,
    connectTimeout: 5000,
    keepAlive: 10_000,
    // after a failover the name leads to the new primary
    reconnectOnError: (error) => error.message.includes('READONLY'),
  }
}

/** The name to send in TLS; a numeric address has none. */
function tlsName(host: string): { servername?: string } {
  return /^[\d.]+$|:/.test(host) ? {} : { servername: host }
}

function invalid(message: string): AppError {
  return new AppError('invalid', message, { reason: 'redis_address' })
}
