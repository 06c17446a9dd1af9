import { ascii, compareBytes } from './bytes.ts'
import { fault } from './faults.ts'
import { sha256 } from '#services/federate/secure/primitives.ts'

/** How far a client's committee reaches on either side of it on the ring. */
export const SIDE = 16
/** Of a committee no more than ten may be gone, nor collude. */
const SPARE = 10

/**
 * How far its masks do. Ten that are gone and ten that collude are 20 in a row, hence no 21; and 20 n/33 of all, which in small rounds is no two gaps
 * of half as many, as it takes to cut a ring. So the masks of who is honest and there hold together all around it.
 */
export function reachOf(size: number): number {
  return Math.min(2 * SPARE + 1, Math.max(SIDE, Math.floor((SPARE * size) / (2 * SIDE + 1)) + 1))
}

/**
 * Who shares with whom. The roster's clients stand on a ring in an order that follows from the transcript (after Bell et al. 2020,
 * "Secure Single-Server Aggregation with (Poly)Logarithmic Overhead"): nobody chose it before everybody's keys were there.
 */
export interface Ring {
  readonly size: number
  /** Shares that give a secret back: more than two thirds of a committee. */
  readonly threshold: number
  /** So many of a committee may be gone, and as many may lie. */
  readonly spare: number
  /** Roster indexes of those who hold i's shares, by place: i itself, those after it, those before it. */
  committee(i: number): readonly number[]
  /** Those whose committees i sits on, i among them, ascending; with i's place there. */
  seats(i: number): readonly { readonly of: number; readonly place: number }[]
  /** Those with whom i shares a mask, ascending. */
  neighbours(i: number): readonly number[]
  /** Whether every committee (or those of some clients) keeps its threshold among these. */
  holds(present: ReadonlySet<number>, of?: readonly number[]): boolean
  /**
   * Some of these that are enough, as long as all are: every committee of some clients keeps its threshold among them, and there are `fewest`. Who
   * has to verify signatures verifies no more than that.
   */
  enough(present: Iterable<number>, fewest: number, of: readonly number[]): number[]
  /** Everybody on the committees that i sits on, ascending: whose signatures under a list i builds on. */
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
  /** How far along the ring the k-th member of a committee stands from its client. */
  const along = (k: number) => (k > SIDE ? k - members : k)
  const committee = (i: number) => Array.from({ length: members }, (_, k) => at(position[i]! + along(k)))
  /** Everybody at most so far from i, ascending. */
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
      // a committee stands in a row: of how many are there up to each place, the difference is its own
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
        // without it, would a committee fall short of what it still lacks?
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
