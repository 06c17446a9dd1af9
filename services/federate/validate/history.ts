import { geometryOf, type Geometry } from './geometry.ts'
import type { CheckedUpdate } from './update.ts'
import type { Ruling } from './verdict.ts'

/** What is remembered of each client, over rounds. */
export type History = ReadonlyMap<string, ClientPast>

export interface ClientPast {
  readonly rounds: number
  readonly held: number
  /** The sum of all updates that counted or were held. */
  readonly direction: Float64Array
}

/** Two rounds are a coincidence. */
const FEWEST_ROUNDS = 2

/** A history with one more round in it. */
export function remember(
  history: History,
  updates: readonly { readonly client: string; readonly values: Float64Array; readonly ruling: Ruling }[],
): History {
  const next = new Map(history)
  for (const { client, values, ruling } of updates) {
    const past = next.get(client)
    const direction = past === undefined ? values.slice() : past.direction.map((value, k) => value + values[k]!)
    const held = (past?.held ?? 0) + Number(ruling === 'hold')
    next.set(client, { rounds: (past?.rounds ?? 0) + 1, held, direction })
  }
  return next
}

/** How the clients' pasts lie to each other, this round's updates added; undefined until all of them have a past. */
export function pastOf(history: History, updates: readonly CheckedUpdate[]): Geometry | undefined {
  const pasts = updates.map(({ client }) => history.get(client))
  if (pasts.some((past) => past === undefined || past.rounds < FEWEST_ROUNDS)) return undefined
  return geometryOf(updates.map(({ values }, i) => values.map((value, k) => value + pasts[i]!.direction[k]!)))
}
