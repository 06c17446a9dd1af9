import type { Participant } from '../participant.ts'
import { fault } from '../secure/faults.ts'
import type { Stage } from '../secure/message.ts'
import { sha256 } from '#services/federate/secure/primitives.ts'
import { same } from '../secure/message.ts'

/** Why a client gets nothing: `wait`, nothing yet; `over`, the round has ended. */
export type Nothing = 'wait' | 'over'

/**
 * Passes messages between aggregator and clients. The clients call in and fetch requests, because the aggregator cannot call
 * clients behind firewalls. Holds only the current round, in memory.
 */
export interface Desk {
  /**
   * The number of the current round if the client is asked in it and it is above `after`; waits for one. Null when `signal`
   * aborts.
   */
  nextRound(client: string, after: number, signal: AbortSignal): Promise<number | null>
  /**
   * The request to the client at a stage; for `agree` it may first be one to explain its sketch. `over` if the round has ended,
   * `wait` when `signal` aborts.
   */
  take(client: string, round: number, stage: Stage, signal: AbortSignal): Promise<Uint8Array | Nothing>
  /** Delivers an answer; repeating it changes nothing. Throws `wrong_round`, `wrong_stage` and `answered_twice`. */
  give(client: string, round: number, stage: Stage, answer: Uint8Array): void
  /** Clients that have called within this many milliseconds. */
  present(withinMs: number): string[]
  open(round: number, asked: readonly string[]): Participant[]
  close(): void
}

interface Seat {
  asked: { readonly stage: Stage; readonly request: Uint8Array } | null
  resolve: ((answer: Uint8Array) => void) | null
  answered: { readonly stage: Stage; readonly digest: Uint8Array } | null
}

export function createDesk(clock: () => number): Desk {
  const seen = new Map<string, number>()
  const waiting = new Map<string, Set<() => void>>()
  let round = 0
  let seats: ReadonlyMap<string, Seat> = new Map()

  const wake = (client: string) => {
    for (const look of waiting.get(client) ?? []) look()
  }
  /** Resolves to what `look` finds, at once or after a later change for the client. */
  const until = async <T>(client: string, look: () => T | null, signal: AbortSignal): Promise<T | null> => {
    seen.set(client, clock())
    const found = look()
    if (found !== null || signal.aborted) return found
    const among = waiting.get(client) ?? new Set()
    waiting.set(client, among)
    return new Promise((resolve) => {
      const end = (value: T | null) => {
        among.delete(check)
        signal.removeEventListener('abort', stop)
        seen.set(client, clock())
        resolve(value)
      }
      const stop = () => end(null)
      const check = () => {
        const now = look()
        if (now !== null) end(now)
      }
      among.add(check)
      signal.addEventListener('abort', stop, { once: true })
    })
  }

  return {
    nextRound: (client, after, signal) =>
      until(client, () => (round > after && seats.has(client) ? round : null), signal),

    async take(client, of, stage, signal) {
      const look = (): Uint8Array | 'over' | null => {
        const seat = of === round ? seats.get(client) : undefined
        if (seat === undefined) return 'over'
        if (seat.asked === null) return null
        const instead = stage === 'agree' && seat.asked.stage === 'explain' && seat.answered?.stage !== 'explain'
        return instead || seat.asked.stage === stage ? seat.asked.request : null
      }
      return (await until(client, look, signal)) ?? 'wait'
    },

    give(client, of, stage, answer) {
      seen.set(client, clock())
      const seat = of === round ? seats.get(client) : undefined
      if (seat === undefined) throw fault('wrong_round', `round ${of} is over, or does not ask ${client}`)
      const digest = sha256(answer)
      if (seat.answered?.stage === stage) {
        if (same(seat.answered.digest, digest)) return
        throw fault('answered_twice', `${client} answered stage ${stage} before, and differently`)
      }
      if (seat.resolve === null || seat.asked?.stage !== stage) throw fault('wrong_stage', `stage ${stage} is not open`)
      seat.answered = { stage, digest }
      seat.resolve(answer)
      seat.resolve = null
    },

    present: (withinMs) => {
      const since = clock() - withinMs
      const held = (client: string) => (waiting.get(client)?.size ?? 0) > 0
      return [...seen].filter(([client, at]) => at >= since || held(client)).map(([client]) => client)
    },

    open(number, asked) {
      round = number
      seats = new Map(asked.map((client): [string, Seat] => [client, { asked: null, resolve: null, answered: null }]))
      for (const client of waiting.keys()) wake(client)
      return [...seats].map(([name, seat]) => ({
        name,
        answer: (stage, request, signal) =>
          new Promise<Uint8Array>((resolve, reject) => {
            seat.asked = { stage, request }
            seat.resolve = resolve
            const late = () => {
              seat.resolve = null
              reject(fault('wrong_stage', `stage ${stage} has ended`))
            }
            signal.addEventListener('abort', late, { once: true })
            wake(name)
          }),
      }))
    },

    close() {
      seats = new Map()
      for (const client of waiting.keys()) wake(client)
    },
  }
}
