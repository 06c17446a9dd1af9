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
    /** Certificates of the authorities to trust, as PEM, in place of the system's. */
    readonly ca?: string
    /** What to show to a server that asks for a certificate, as PEM, with its private key. */
    readonly cert?: string
    readonly key?: string
    /** The name that the certificate is for, where it is not the host's. */
    readonly servername?: string
  }
}

export interface RedisLinkOptions {
  readonly address: RedisAddress
  /** Allows connections without TLS. */
  readonly emulator: boolean
  /** How long an answer may take. */
  readonly answerMs: number
  /** Told when the connection is lost, and when it is back. */
  readonly onChange?: (isThere: boolean) => void
}

/** How long BullMQ lets a worker wait within one command, at most. */
const LONGEST_BLOCK_MS = 10_000

/**
 * Connections to one Redis. They come back by themselves, for as long as it takes; one that owes an answer for longer than it
 * may take is dropped and made anew, as after a failover that closed nothing.
 */
export interface RedisLink {
  /** Host and port, for messages. */
  readonly server: string
  readonly isTls: boolean
  /** For commands that somebody waits for: each through `ask`. */
  readonly commands: Redis
  /** One more connection. Duplicates of it are for commands that block. */
  connect(): Redis
  /** Resolves once commands can be sent. Throws what keeps them from it, after `answerMs` at the latest. */
  reach(): Promise<void>
  /** What `work` resolves to. Throws `unavailable` after `answerMs`; other errors as their codes. */
  ask<T>(work: () => Promise<T>): Promise<T>
  /** Drops every connection there is. */
  close(): void
}

/** Throws `invalid` on an address that is none, or is without TLS and not an emulator's. Connects in the background. */
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
  /** Null until it was there for the first time. */
  let isThere: boolean | null = null
  // ioredis sends again what was not answered: BullMQ's commands may be
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
    // every attempt to reconnect that fails ends in here again
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
    // nothing is sent before that: what nobody waits for any more must not pile up
    await inTime(once(commands as NodeJS.EventEmitter, 'ready', {}))
  }

  return {
    server,
    isTls: base.tls !== undefined,
    commands,
    // nobody waits for these, and a process that is busy for a moment must not drop them
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
 * Ends a connection whose `retryStrategy` has nothing more to say. One that waits to connect again would never tell those who
 * wait for its end, were it told to disconnect: it has to try once more.
 */
function end(connection: Redis): void {
  if (connection.status !== 'reconnecting') return connection.disconnect()
  connection.once('ready', () => connection.disconnect())
  connection.connect().catch(() => {})
}

/** How replies are mapped is a matter of types that nobody here changes. */
type Options = Omit<RedisOptions, 'replyMapping'>

/** A connection whose errors are never written to the console, nor are those of its duplicates, which BullMQ makes. */
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
    throw invalid('the address of Redis is not a URL: expected rediss://host:port') // it may hold a password: it is not shown
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

/** An address in numbers has no name to send. */
function tlsName(host: string): { servername?: string } {
  return /^[\d.]+$|:/.test(host) ? {} : { servername: host }
}

function invalid(message: string): AppError {
  return new AppError('invalid', message, { reason: 'redis_address' })
}
