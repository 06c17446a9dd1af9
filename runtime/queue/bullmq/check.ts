import { AppError, isAppError } from '#core/errors.ts'
import type { CheckLine } from '#core/check.ts'
import type { RedisLink } from './redis.ts'

const OLDEST = [6, 2] as const

/** The settings and state of Redis that a queue depends on. */
interface RedisState {
  readonly version: string
  readonly policy: string
  readonly isReplica: boolean
  readonly usedBytes: number
  /** 0 if there is no limit. */
  readonly mostBytes: number
}

async function lookAt(link: RedisLink): Promise<RedisState> {
  const info = await link.ask(() => link.commands.info())
  const fields = new Map(
    info.split(/\r?\n/).map((line) => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 1)]),
  )
  return {
    version: fields.get('redis_version') ?? '0',
    policy: fields.get('maxmemory_policy') ?? 'unknown',
    isReplica: fields.get('role') === 'slave',
    usedBytes: Number(fields.get('used_memory') ?? 0),
    mostBytes: Number(fields.get('maxmemory') ?? 0),
  }
}

/**
 * Resolves if jobs are safe there. Throws `invalid` if Redis is configured to lose them or is too old, `unavailable` if it does
 * not answer or accepts no writes, `denied`.
 */
export async function readyOf(link: RedisLink): Promise<void> {
  for (const { state, says, fix = '', code } of linesOf(link, await lookAt(link))) {
    if (state === 'failed')
      throw new AppError(code, `Redis at ${link.server} ${says}: ${fix}`, { reason: 'redis_setup' })
  }
}

/** Checks each thing that a queue depends on, one line each. Never throws. */
export async function checkOf(link: RedisLink): Promise<CheckLine[]> {
  const what = `redis ${link.server}`
  try {
    const lines = linesOf(link, await lookAt(link))
    return [
      { what, state: 'ok', says: 'is reachable' },
      ...lines.map(({ topic, state, says, fix }) => ({
        what: `${what} ${topic}`,
        state,
        says,
        ...(fix ? { fix } : {}),
      })),
    ]
  } catch (error) {
    const says = isAppError(error) ? error.message : 'cannot be looked at'
    return [{ what, state: 'failed', says, fix: 'start it, or correct queue.redis in the configuration' }]
  }
}

interface Line extends Omit<CheckLine, 'what'> {
  readonly topic: string
  readonly code: 'invalid' | 'unavailable'
}

function linesOf({ isTls }: RedisLink, state: RedisState): Line[] {
  const { version, policy, isReplica, usedBytes, mostBytes } = state
  const line = (topic: string, isGood: boolean, says: string, fix: string, code: Line['code'] = 'invalid'): Line =>
    isGood ? { topic, state: 'ok', says, code } : { topic, state: 'failed', says, fix, code }
  const isFull = mostBytes > 0 && usedBytes > 0.9 * mostBytes
  return [
    policy === 'unknown'
      ? {
          topic: 'eviction',
          state: 'unknown',
          says: 'does not say how it evicts, as managed services may not',
          fix: 'make sure that its policy is noeviction, or it drops jobs',
          code: 'invalid',
        }
      : line(
          'eviction',
          policy === 'noeviction',
          `evicts by ${policy}`,
          'set maxmemory-policy to noeviction, or it drops jobs',
        ),
    line('version', isNewEnough(version), `is version ${version}`, `use ${OLDEST.join('.')} or newer`),
    line('role', !isReplica, isReplica ? 'is a replica' : 'is a primary', 'connect to the primary', 'unavailable'),
    isFull
      ? { topic: 'memory', state: 'warn', says: 'is nearly full', fix: 'raise maxmemory', code: 'unavailable' }
      : { topic: 'memory', state: 'ok', says: 'has room', code: 'unavailable' },
    isTls
      ? { topic: 'transport', state: 'ok', says: 'speaks TLS', code: 'invalid' }
      : {
          topic: 'transport',
          state: 'warn',
          says: 'is an emulator: no TLS',
          fix: 'use rediss:// in production',
          code: 'invalid',
        },
  ]
}

function isNewEnough(version: string): boolean {
  const [major = 0, minor = 0] = version.split('.').map(Number)
  return major > OLDEST[0] || (major === OLDEST[0] && minor >= OLDEST[1])
}
