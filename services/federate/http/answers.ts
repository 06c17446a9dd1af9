import { AppError, ERROR_CODES } from '#core/errors.ts'
import { textOf } from '../secure/bytes.ts'
import { fault } from '../secure/faults.ts'
import type { ClientOutcome } from './server.ts'

/** The next round that asks a client, as `GET /v1/round` announces it. */
export interface NextRound {
  /** 32 bytes, hex. */
  readonly session: string
  readonly mode: string
  readonly round: number
}

/** Throws `bad_magic` for bytes that are no such answer: something else than an aggregator may listen at the address. */
export function parseNextRound(bytes: Uint8Array): NextRound {
  const about = parse(bytes, 'the next round')
  const [session, mode, round] = [about.get('session'), about.get('mode'), about.get('round')]
  if (typeof session !== 'string' || !/^[0-9a-f]{64}$/.test(session)) throw unknownAnswer('the next round')
  if (typeof mode !== 'string' || typeof round !== 'number' || !Number.isInteger(round))
    throw unknownAnswer('the next round')
  return { session, mode, round }
}

const STATES: readonly ClientOutcome['state'][] = ['committed', 'rolledBack', 'aborted']
const RULINGS: readonly NonNullable<ClientOutcome['ruling']>[] = ['counted', 'clipped', 'held', 'rejected', 'missing']

/** Throws `bad_magic` for bytes that are no outcome of a round. */
export function parseOutcome(bytes: Uint8Array): ClientOutcome {
  const told = parse(bytes, 'the outcome of a round')
  const [why, model] = [told.get('why'), told.get('model')]
  const state = STATES.find((known) => known === told.get('state'))
  const ruling = told.get('ruling') === null ? null : RULINGS.find((known) => known === told.get('ruling'))
  if (state === undefined || ruling === undefined || typeof model !== 'string' || !/^[0-9a-f]{64}$/.test(model))
    throw unknownAnswer('the outcome of a round')
  return { state, why: typeof why === 'string' ? why : null, model, ruling }
}

/** The error that the aggregator reports; null if the bytes are no error of this protocol, such as a proxy's page. */
export function parseRefusal(bytes: Uint8Array): AppError | null {
  const told = fieldsOf(bytes)
  const [reason, message] = [told?.get('reason'), told?.get('message')]
  const code = ERROR_CODES.find((known) => known === told?.get('code'))
  if (code === undefined || typeof message !== 'string') return null
  const known = typeof reason === 'string' && /^[a-z_]{1,40}$/.test(reason) ? reason : undefined
  return new AppError(code, message.slice(0, 300), { reason: known })
}

function parse(bytes: Uint8Array, what: string): ReadonlyMap<string, unknown> {
  const fields = fieldsOf(bytes)
  if (fields === null) throw unknownAnswer(what)
  return fields
}

/** The fields of a JSON object; null if the bytes are none. */
function fieldsOf(bytes: Uint8Array): ReadonlyMap<string, unknown> | null {
  try {
    const value: unknown = JSON.parse(textOf(bytes))
    return typeof value === 'object' && value !== null ? new Map(Object.entries(value)) : null
  } catch {
    return null
  }
}

function unknownAnswer(what: string) {
  return fault('bad_magic', `what the aggregator answered is not ${what}: check its address and what stands in between`)
}
