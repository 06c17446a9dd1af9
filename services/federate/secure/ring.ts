import { ascii, compareBytes } from './bytes.ts'
import { fault } from './faults.ts'
import { sha256 } from '#services/federate/secure/primitives.ts'

/** How many places a client's committee reaches to either side of it on the ring. */
export const SIDE = 16
/** The most members of a committee that may be gone, and the most that may collude. */
const SPARE = 10

/**
 * How many places a client's masks reach to either side. Ten gone and ten colluding clients make up to 20 in a row, so a reach
 * of 21 is always enough. In all they are at most 20 n/33 clients, and cutting the ring takes two gaps as long as the reach, so
 * in small rounds a reach above 10 n/33 is enough. So the masks connect all honest clients that are present.
 */
export function reachOf(size: number): number {
  return Math.min(2 * SPARE + 1, Math.max(SIDE, Math.floor((SPARE * size) / (2 * SIDE + 1)) + 1))
}

/**
 * Who shares with whom. The roster's clients stand on a ring in an order that is derived from the transcript (after Bell et al.
 * 2020, "Secure Single-Server Aggregation with (Poly)Logarithmic Overhead"), so nobody could choose it before all keys were
 * there.
 */
export interface Ring {
  readonly size: number
  /** The number of shares that restore a secret: more than two thirds of a committee. */
  readonly threshold: number
  /** How many members of a committee may be gone, and as many may lie. */
  readonly spare: number
  /** Roster indexes of the clients that hold i's shares, by place: i itself, those after it, those before it. */
  committee(i: number): readonly number[]
  /** The clients whose committees i belongs to, including i, ascending; with i's place there. */
  seats(i: number): readonly { readonly of: number; readonly place: number }[]
  /** The clients with which i shares a mask, ascending. */
  neighbours(i: number): readonly number[]
  /** Whether every committee (or those of the clients `of`) keeps its threshold among the present ones. */
  holds(present: ReadonlySet<number>, of?: readonly number[]): boolean
  /**
   * A sufficient subset of the present clients, if all of them suffice: every committee of the clients `of` keeps its threshold
   * among them, and there are at least `fewest`. Signatures of others need not be verified.
   */
  enough(present: Iterable<number>, fewest: number, of: readonly number[]): number[]
  /** All members of the committees that i belongs to, ascending: i relies on their signatures under a list. */
  within(i: number): readonly number[]
}

export function createRing(size: number, transcript: Uint8Array): Ring {
  const label = ascii('credence federate ring v1\0')
  const rank = Array.from({ length: size }, (_, i) => {
    const index = Uint8Array.of(i >>> 8, i & 255)
    return { i, hash: sha256(label, transcript, index) }
  })
  const order = rank.sort((a, b) => compareBytes(a.hash, b.hash)).map(({ i }) => i)
  const position = new Int32Array(size)
  for (const [at, i] of order.entries()) position[i] = at
  const at = (place: number) => order[((place % size) + size) % size]!
  const members = Math.min(size, 2 * SIDE + 1)
  const threshold = Math.floor((2 * members) / 3) + 1
  /** The distance along the ring from a client to the k-th member of its committee. */
  const along = (k: number) => (k > SIDE ? k - members : k)
  const committee = (i: number) => Array.from({ length: members }, (_, k) => at(position[i]! + along(k)))
  /** All clients at most this far from i, ascending. */
  const around = (i: number, far: number) =>
    (size <= 2 * far + 1 ? order : Array.from({ length: 2 * far + 1 }, (_, k) => at(position[i]! - far + k))).toSorted(
      (a, b) => a - b,
    )
  return {
    size,
    threshold,
    spare: members - threshold,
    committee,
    seats: (i) =>
      Array.from({ length: members }, (_, k) => ({ of: at(position[i]! - along(k)), place: k + 1 })).sort(
        (a, b) => a.of - b.of,
      ),
    neighbours: (i) => around(i, reachOf(size)).filter((j) => j !== i),
    holds(present, of = order) {
      // a committee is a row of places, so the number of its present members is the difference of two prefix sums
      const upTo = new Int32Array(size + members + 1)
      for (let k = 0; k < size + members; k++) upTo[k + 1] = upTo[k]! + Number(present.has(order[k % size]!))
      const first = Math.min(0, SIDE + 1 - members)
      return of.every((i) => {
        const from = (position[i]! + first + size) % size
        return upTo[from + members]! - upTo[from]! >= threshold
      })
    },
    enough(present, fewest, of) {
      const lacking = new Int32Array(size)
      for (const i of of) lacking[i] = threshold
      const inOrder = [...present].sort((a, b) => position[a]! - position[b]!)
      const seatsOf = (i: number) => Array.from({ length: members }, (_, k) => at(position[i]! - along(k)))
      const chosen: number[] = []
      const spare: number[] = []
      const count = new Int32Array(size)
      for (const i of inOrder) for (const seat of seatsOf(i)) count[seat]! += 1
      for (const i of inOrder) {
        const seats = seatsOf(i).filter((seat) => lacking[seat]! > 0)
        // would a committee fall short without this client?
        if (seats.some((seat) => count[seat]! - 1 < lacking[seat]!)) {
          chosen.push(i)
          for (const seat of seats) lacking[seat]! -= 1
        } else spare.push(i)
        for (const seat of seatsOf(i)) count[seat]! -= 1
      }
      return [...chosen, ...spare.slice(0, Math.max(fewest - chosen.length, 0))]
    },
    within: (i) => around(i, 2 * SIDE),
  }
}

/** Throws `too_few`. */
export function checkHolds(
  ring: Ring,
  present: ReadonlySet<number>,
  minimum: number,
  stage: string,
  of?: readonly number[],
): void {
  if (present.size < minimum) {
    throw fault('too_few', `${present.size} clients are left after ${stage}: the terms ask for ${minimum}`)
  }
  if (!ring.holds(present, of)) {
    throw fault(
      'too_few',
      `${present.size} of ${ring.size} clients are left after ${stage}: secrets cannot be restored`,
    )
  }
}
